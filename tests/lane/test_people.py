"""People are told by the services whose addresses the environment gives, however these are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lane import UsageError, notification_urls
from lane._run.people import tell

if TYPE_CHECKING:
    from receiver import Receiver


def addresses(text: str) -> list[str]:
    return [url.reveal() for url in notification_urls({"LANE_NOTIFY__URLS": text})]


def test_they_are_parted_by_commas_or_are_json() -> None:
    assert addresses(" json://a/?to=x , slack://b,") == ["json://a/?to=x", "slack://b"]
    assert addresses('["json://a/?to=x,y", "slack://b"]') == ["json://a/?to=x,y", "slack://b"]


@pytest.mark.parametrize("text", ["", "  ", ",", " , ", "[]"])
def test_there_may_be_none(text: str) -> None:
    assert addresses(text) == []
    assert tell("Hello", "lane", {"LANE_NOTIFY__URLS": text}) == []


@pytest.mark.parametrize("text", ['["json://canary', '{"json": "canary"}', '[["canary"]]'])
def test_what_is_neither_is_told_without_a_word_of_it(text: str) -> None:
    with pytest.raises(UsageError, match="LANE_NOTIFY__URLS cannot be read") as caught:
        addresses(text)
    assert "canary" not in str(caught.value)
    (problem,) = tell("Hello", "lane", {"LANE_NOTIFY__URLS": text})
    assert "LANE_NOTIFY__URLS cannot be read" in problem


def test_all_of_them_are_told(people: Receiver) -> None:
    text = json.dumps([people.url, "nonsense://canary", f"{people.url}?x=1,2"])
    problems = tell("Hello", "lane", {"LANE_NOTIFY__URLS": text})
    assert problems == ["LANE_NOTIFY__URLS: URL 2 is none that apprise knows."]
    assert [message["message"] for message in people.messages] == ["Hello", "Hello"]
