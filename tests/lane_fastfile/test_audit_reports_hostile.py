"""What stands in a Fastfile, or in its path, does nothing in any report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import pytest
from hostile import FASTFILE, SECRETS, hostile
from markdown_it import MarkdownIt

import lane_fastfile
from lane_fastfile._report.html_format import html_report
from lane_fastfile._report.markdown_format import markdown_report
from lane_fastfile._report.markdown_text import code, prose
from lane_fastfile._report.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from lane_fastfile import Audit

FORMATS = ("text", "json", "markdown", "html", "sarif")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return hostile(tmp_path)


@pytest.fixture
def audit(path: Path) -> Audit:
    return lane_fastfile.audit(path)


def _printed(path: Path, format_: str) -> str:
    command = [sys.executable, "-m", "lane", "audit", os.fspath(path), "--format", format_]
    environment = {**os.environ, "FORCE_COLOR": "", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode("utf-8", errors="strict")


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_prints_what_a_terminal_obeys_or_hides(path: Path, format_: str) -> None:
    shown = _printed(path, format_)
    assert CONTROLS.findall(shown) == []
    assert "x1b" in shown or "u001b" in shown


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_shows_a_secret(path: Path, format_: str) -> None:
    shown = _printed(path, format_)
    assert not any(secret in shown for secret in SECRETS)
    assert all(secret in FASTFILE for secret in SECRETS)


def test_json_has_every_name_as_it_is(path: Path) -> None:
    shown = json.loads(_printed(path, "json"))
    assert os.fsencode(shown["file"]) == os.fsencode(path)
    assert "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\ \x1b[2J \x9b31m" in [
        lane["name"] for lane in shown["lanes"]
    ]


def test_the_path_in_sarif_is_the_files_own_bytes(path: Path) -> None:
    shown = json.loads(_printed(path, "sarif"))
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in shown["runs"][0]["results"]
    }
    assert {unquote_to_bytes(uri.removeprefix("file://")) for uri in uris} == {os.fsencode(path)}
    assert all(uri.isascii() for uri in uris)


def test_messages_in_sarif_have_no_links_and_no_gaps(path: Path) -> None:
    shown = json.loads(_printed(path, "sarif"))
    messages = [result["message"]["text"] for result in shown["runs"][0]["results"]]
    assert any("click" in message for message in messages)
    for message in messages:
        plain = re.sub(r"\\[\\\[\]]", "", message)
        assert "[" not in plain
        assert not re.search(r"(?<!\{)\{\d+\}", plain)


# Markdown


def _tokens(text: str) -> list[tuple[str, str]]:
    """All that a reader of Markdown makes of a text: kinds and contents."""
    reader = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    found = []
    for token in reader.parse(text):
        found.append((token.type, token.content))
        found += [(child.type, child.content) for child in token.children or ()]
    return found


def test_markdown_has_no_links_images_or_html(audit: Audit) -> None:
    tokens = _tokens(markdown_report(audit))
    kinds = {kind for kind, _ in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "s_open", "em_open", "fence"}
    assert {"code_inline", "table_open", "ordered_list_open"} <= kinds
    text = " ".join(content for kind, content in tokens if kind == "text")
    assert not re.search(r"@\w|#\d|https?:|www\.|:\w+:", text)


def test_the_headings_and_the_cells_of_markdown_are_ours_alone(audit: Audit) -> None:
    report = markdown_report(audit)
    headings = [line.lstrip("# ") for line in report.splitlines() if line.startswith("#")]
    assert headings[1:] == [
        "What stops on CI", "Old Spaceship code", "Secrets, and variables that carry them", "Not here", "Plugins",
        "What to do", "The plan that results",
    ]  # fmt: skip
    tokens = [kind for kind, _ in _tokens(report)]
    assert tokens.count("td_open") == 5 * len(audit.files[0].lanes)


@pytest.mark.parametrize("text", ["`", "``", " ` ", "a`b``c", "`a", "a`", "|", "\\", "<b>", "@x", "a  b"])
def test_a_text_becomes_code_as_it_is(text: str) -> None:
    [inline] = [token for token in MarkdownIt().parse(f"x {code(text)} y") if token.type == "inline"]
    assert inline.children is not None
    [span] = [child for child in inline.children if child.type == "code_inline"]
    assert span.content.strip() == text.strip()


def test_prose_leaves_plain_words_and_makes_code_of_others() -> None:
    told = "Call app_store_connect_api_key (of fastlane), or `lane auth login`; see A::B.c(…): it's 30 days, once."
    assert prose(told) == (
        "Call `app_store_connect_api_key` (of fastlane), or `lane auth login`; see `A::B.c(…)`: it's 30 days, once."
    )


# HTML


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_html_has_our_tags_alone_and_nothing_from_elsewhere(audit: Audit) -> None:
    text = html_report(audit)
    page = _Page(text)
    assert not page.tags & {"script", "img", "a", "b", "svg", "link", "iframe", "base", "object"}
    assert page.attributes <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "scope", "data-title",
    }  # fmt: skip
    assert "url(" not in text
    assert "@import" not in text


def test_what_is_hidden_is_written_out() -> None:
    assert visible("a\x1b[31m\n\u202e\ufeff\udce9é✓") == r"a\x1b[31m\x0a\u202e\ufeff\xe9é✓"
    assert visible("plain") == "plain"
