"""Tells people something, by the services whose addresses the environment gives."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from lane._errors import UsageError
from lane._secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apprise import NotifyBase

URLS = "LANE_NOTIFY__URLS"
"""The variable with the addresses; it is the option `urls` of the action `notify` too."""


def notification_urls(environment: Mapping[str, str]) -> list[Secret]:
    """The addresses that LANE_NOTIFY__URLS gives, as an option's: parted by commas, or a JSON list.

    Raises UsageError where it is neither.
    """
    from lane._lanefile.text import from_text

    text = environment.get(URLS, "").strip()
    try:
        found: list[Secret] = from_text(text, list[Secret]) if text else []
    except ValueError as error:
        raise UsageError(
            f"{URLS} cannot be read: {error}.",
            hint='Part the addresses with commas, or write ["…", "…"] where one has a comma in it.',
            code="notify_url",
        ) from None
    return found


class NotificationService:
    """One service, such as Slack or e-mail, by its apprise URL. Raises UsageError for a URL that is none."""

    def __init__(self, url: Secret, position: int = 1) -> None:
        import apprise

        service = apprise.Apprise.instantiate(url.reveal())
        if service is None:
            raise UsageError(
                f"URL {position} is none that apprise knows.",
                hint=f"See https://github.com/caronc/apprise. {URLS} takes several, with commas.",
                code="notify_url",
            )
        self._service: NotifyBase = service
        self.name = str(service.service_name)

    def send(self, message: str, title: str = "") -> str | None:
        """Send a message; None, or why the service did not take it."""
        heard = _Heard()
        logger = logging.getLogger("apprise")
        logger.addHandler(heard)
        try:
            if self._service.notify(body=message, title=title):
                return None
        finally:
            logger.removeHandler(heard)
        return " ".join(heard.said) or "no reason given"


def tell(message: str, title: str, environment: Mapping[str, str]) -> list[str]:
    """Send a message to every service that the environment names; what went wrong, a sentence each."""
    try:
        urls = notification_urls(environment)
    except UsageError as error:
        return [error.message]
    problems: list[str] = []
    for position, url in enumerate(urls, 1):
        try:
            service = NotificationService(url, position)
        except UsageError as error:
            problems.append(f"{URLS}: {error.message}")
            continue
        why = service.send(message, title)
        if why is not None:
            problems.append(f"{service.name} did not take the message: {why}")
    return problems


class _Heard(logging.Handler):
    """What apprise says in this thread: others may send at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.said.append(record.getMessage())
