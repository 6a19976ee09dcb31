"""One visit to one Apple ID's session: look, renew, tell."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lane import CredentialError

from .announce import Announced, announce, forget_death
from .look import Watched, broken, look
from .news import news_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lane_apple._apple_id.access import Access
    from lane_apple._session.session import AppleSession

    from .news import News


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of an Apple ID, the news of it, and who heard them."""

    watched: Watched
    news: News | None = None
    announced: Announced = field(default_factory=Announced)


def attend(
    account: str,
    access: Access,
    session: AppleSession | None,
    *,
    work: Sequence[str] = (),
    login: str = "lane auth login",
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Seen:
    """Ask Apple for a session, renew it where that needs no person, and tell people what they have to know.

    `work` are lines on what waits for it, `login` is what makes a new one. `clock` is in seconds since 1970.
    """
    try:
        watched = look(account, access, session, sleep=sleep, clock=clock)
        if watched.verdict in {"alive", "renewed"}:
            forget_death(account, access.store.folder)
        news = news_of(watched, work, clock(), login=login)
        return Seen(watched, news, announce(news, account, access.store.folder, access.environment))
    except CredentialError as error:
        return Seen(broken(account, error))
