"""Tells people the news of a session, each service once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import NotificationService, Secret, UsageError

from .told import service_mark, telling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .news import News

URLS = "LANE_NOTIFY__URLS"
"""The variable with the services, as for the action `notify`."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Who was told now, who had been told before (services by name or place), and what went wrong."""

    now: tuple[str, ...] = ()
    before: int = 0
    problems: tuple[str, ...] = ()


def announce(news: News | None, account: str, folder: Path, environment: Mapping[str, str]) -> Announced:
    """Send the news to every service that has not taken it yet. One that does not take it is tried again next time.

    Without `news` the Apple ID works, or nobody knows. `folder` is that of the sessions.
    """
    urls = [url.strip() for url in environment.get(URLS, "").split(",") if url.strip()]
    if news is None or not urls:
        return Announced()
    now: list[str] = []
    problems: list[str] = []
    before = 0
    with telling(folder, account) as told:
        for position, url in enumerate(urls, 1):
            mark = service_mark(url)
            if told.has(news, mark):
                before += 1
                continue
            name, why = _send(Secret(url), position, news)
            if why is None:
                told.add(news, mark)
                now.append(name)
            else:
                problems.append(why)
    return Announced(tuple(now), before, tuple(problems))


def forget_death(account: str, folder: Path) -> None:
    """The Apple ID works again: its next death is news."""
    if (folder / "told.json").exists():
        with telling(folder, account) as told:
            told.works_again()


def _send(url: Secret, position: int, news: News) -> tuple[str, str | None]:
    try:
        service = NotificationService(url, position)
    except UsageError as error:
        return "", f"{URLS}: {error.message}"
    why = service.send(news.text, news.title)
    return service.name, None if why is None else f"{service.name} did not take the message: {why}"
