"""`notify`: a message to people, by apprise."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Annotated

from lane import ActionError, Context, Secret, TransientError, action

if TYPE_CHECKING:
    from apprise import NotifyBase


@action(effect="create", retry=[TransientError])
def notify(
    ctx: Context,
    message: Annotated[str, "The text"],
    *,
    title: Annotated[str, "A title, where the service has one"] = "",
    urls: Annotated[list[Secret] | None, "Apprise URLs, such as slack://… or mailto://…"] = None,
) -> bool:
    """Send a message to every service of `urls`; without any it only goes to the log.

    The URLs hold tokens: give them by LANE_NOTIFY__URLS rather than in the Lanefile. Whether it was sent.
    """
    ctx.log.info(message)
    if not urls:
        ctx.log.warning("Nobody was told: no URL is given (LANE_NOTIFY__URLS).")
        return False
    told: list[str] = []
    refused: list[str] = []
    for service in [_service(url, position) for position, url in enumerate(urls, 1)]:
        ctx.check()
        why = _send(service, message, title)
        if why is None:
            told.append(str(service.service_name))
            ctx.log.info(f"sent by {service.service_name}")
        else:
            refused.append(f"{service.service_name} did not take the message: {why}")
    if refused:
        raise _failure(told, refused)
    return True


def _service(url: Secret, position: int) -> NotifyBase:
    """The service of a URL; all are read before the first gets the message."""
    import apprise

    service = apprise.Apprise.instantiate(url.reveal())
    if service is None:
        raise ActionError(
            f"URL {position} of notify is none that apprise knows.",
            hint="See https://github.com/caronc/apprise. LANE_NOTIFY__URLS takes several, with commas.",
            code="notify_url",
        )
    return service


def _send(service: NotifyBase, message: str, title: str) -> str | None:
    """Send it; None, or why the service did not take it."""
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    try:
        if service.notify(body=message, title=title):
            return None
    finally:
        logger.removeHandler(heard)
    return " ".join(heard.said) or "no reason given"


class _Heard(logging.Handler):
    """What apprise says in this thread: other steps may notify at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.said.append(record.getMessage())


def _failure(told: list[str], refused: list[str]) -> ActionError:
    """Tried again only where nobody was told: those who were would get it twice."""
    kind = ActionError if told else TransientError
    before = f" ({', '.join(told)} took it)" if told else ""
    return kind(
        "\n".join(refused) + before,
        hint="Is the token still good, and can this machine reach the service?",
        code="notify_failed",
    )
