"""`notify`: a message to people, by apprise."""

from __future__ import annotations

from typing import Annotated

from lane import ActionError, Context, NotificationService, Secret, TransientError, action


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
    for service in [NotificationService(url, position) for position, url in enumerate(urls, 1)]:
        ctx.check()
        why = service.send(message, title)
        if why is None:
            told.append(service.name)
            ctx.log.info(f"sent by {service.name}")
        else:
            refused.append(f"{service.name} did not take the message: {why}")
    if refused:
        raise _failure(told, refused)
    return True


def _failure(told: list[str], refused: list[str]) -> ActionError:
    """Tried again only where nobody was told: those who were would get it twice."""
    kind = ActionError if told else TransientError
    before = f" ({', '.join(told)} took it)" if told else ""
    return kind(
        "\n".join(refused) + before,
        hint="Is the token still good, and can this machine reach the service?",
        code="notify_failed",
    )
