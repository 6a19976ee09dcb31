"""`notify`: a message to people, by apprise."""

from __future__ import annotations

from typing import Annotated

from lane import ActionError, Context, Secret, TransientError, action


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
    import apprise

    for url in urls:
        service = apprise.Apprise()
        if not service.add(url.reveal()):
            raise ActionError(
                "A URL of notify is none that apprise knows.",
                hint="Look it up in apprise's list of services; LANE_NOTIFY__URLS takes several.",
                code="notify_url",
            )
        kind = url.reveal().partition(":")[0]
        if not service.notify(body=message, title=title):
            raise TransientError(
                f"The service {kind}:// did not take the message.",
                hint="Is its token still good, and can this machine reach it?",
                code="notify_failed",
            )
        ctx.log.info(f"sent by {kind}")
    return True
