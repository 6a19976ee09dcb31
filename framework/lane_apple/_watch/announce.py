"""Tells people the news of a session, each service once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane import NotificationService, UsageError, notification_urls

from .told import service_mark, telling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lane import Secret

    from .news import News


@dataclass(frozen=True, slots=True)
class Announced:
    """Which services took it now, how many had it before, and what went wrong; `configured`: there are any."""

    now: tuple[str, ...] = ()
    before: int = 0
    problems: tuple[str, ...] = ()
    configured: bool = True


def announce(news: News | None, account: str, folder: Path, environment: Mapping[str, str]) -> Announced:
    """Send the news to every service that has not taken it yet. One that does not take it is tried again next time.

    Without `news` the Apple ID works, or nobody knows. `folder` is that of the sessions.
    """
    if news is None:
        return Announced()
    try:
        urls = notification_urls(environment)
    except UsageError as error:
        return Announced(problems=(error.message,))
    if not urls:
        return Announced(configured=False)
    now: list[str] = []
    problems: list[str] = []
    before = 0
    with telling(folder, account) as told:
        for position, url in enumerate(urls, 1):
            mark = service_mark(url.reveal())
            if told.has(news, mark):
                before += 1
                continue
            name, why = _send(url, position, news)
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
        return "", f"LANE_NOTIFY__URLS: {error.message}"
    why = service.send(news.text, news.title)
    return service.name, None if why is None else f"{service.name} did not take the message: {why}"
