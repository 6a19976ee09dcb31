"""App Store Connect's web door (iris), opened by a session: the official resources and some more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ._door import json_call
from ._doors import Doors
from ._refusal import NotAllowedError, SessionDeadError
from ._rights import least_role
from ._web_session import Cookies

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from lane import LaneError

    from ._door import Call, Question
    from ._refusal import Refusal, Who
    from ._web_session import WebSession

_CSRF = {"x-csrf-itc": "[asc-ui]"}  # asked for since 2021-07 (private-endpoints.md, 7)
_APPLE = Doors().app_store_connect


class WebDoor:
    """The door of a session, at Apple's address or another."""

    who: Who = "Apple ID"
    prefix = "/iris"
    capabilities_of_bundle_id = False

    def __init__(self, session: WebSession, base_url: str | None = None) -> None:
        self._session = session
        self._authorization = Cookies(session, _APPLE)
        self.base_url = (base_url or session.doors.app_store_connect).rstrip("/")
        self.budget = (self.base_url, session.account)

    def ask(
        self, question: Question, send: Callable[[Call], requests.Response], sleep: Callable[[float], None]
    ) -> requests.Response:
        """The answer. A session that is refused is asked no second time: only a person can mend it."""
        del sleep
        response = send(json_call(question, self.base_url + self.prefix, self._authorization, _CSRF))
        self._session.learn(response)
        return response

    def refused(self, refusal: Refusal, response: requests.Response) -> LaneError | None:
        """The session is over, whatever the body says, or the Apple ID may not do this."""
        if refusal.status == 401 or is_sign_in(response):
            return SessionDeadError("app_store_connect", self._session.masked_account, where=refusal.where)
        if refusal.status == 403:
            return NotAllowedError(
                refusal,
                f"The Apple ID {self._session.masked_account} may not do this: {refusal.text}",
                hint=_hint_forbidden(refusal),
            )
        return None


def is_sign_in(response: requests.Response) -> bool:
    """Whether an answer sends a browser away to sign in (apple-id-login.md, 9.1)."""
    location = response.headers.get("Location", "")
    return 300 <= response.status_code < 400 and re.search(r"/(signin|login)\b", location) is not None


def _hint_forbidden(refusal: Refusal) -> str:
    role = least_role(refusal.method, refusal.path)
    needs = f" This needs the role {role}, or a stronger one." if role else ""
    return (
        "Its role is too weak, it has no access to this app, or the session works for another team:"
        f" `lane auth teams` lists them.{needs}"
    )
