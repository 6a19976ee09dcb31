"""Somebody who signs in at the sandbox: reads the codes there, and notes what was asked and said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from lane import Secret
from lane_apple._doors import Doors
from lane_apple._signin import flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_apple._codes.question import Answer, CodeQuestion
    from lane_apple._session.session import AppleSession
    from lane_apple._signin.faces import Health
    from lane_sandbox import Sandbox


@dataclass
class Someone:
    """A person in front of a sandbox. `answers` are given first; then the newest code that was delivered."""

    sandbox: Sandbox
    answers: list[Any] = field(default_factory=list)
    asked: list[CodeQuestion] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    http: requests.Session = field(default_factory=requests.Session)
    environment: dict[str, str] = field(default_factory=dict)
    url: str | None = None
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http.hooks["response"].append(self._note)

    @property
    def doors(self) -> Doors:
        return Doors.at(self.url or self.sandbox.url)

    @property
    def clock(self) -> Callable[[], float]:
        return self.sandbox._team.clock.now

    def ask(self, question: CodeQuestion) -> Answer:
        self.asked.append(question)
        answer = self.answers.pop(0) if self.answers else self.newest()
        return answer() if callable(answer) else answer

    def newest(self) -> str:
        """The code that was delivered last."""
        return str(self.sandbox.messages()[-1]["code"])

    def sign_in(self, account: str, password: str | None = None, **more: Any) -> AppleSession:
        return flow.sign_in(
            account,
            Secret(password or self.password(account)),
            http=self.http,
            doors=self.doors,
            ask=self.ask,
            say=self.said.append,
            sleep=lambda seconds: None,
            clock=self.clock,
            environment=self.environment,
            **more,
        )

    def renew(self, session: AppleSession, password: str | None = None) -> AppleSession:
        return flow.renew(
            session,
            Secret(password or self.password(session.account)),
            http=self.http,
            doors=self.doors,
            sleep=lambda seconds: None,
            clock=self.clock,
            environment=self.environment,
        )

    def check(self, session: AppleSession) -> Health:
        return flow.check(session, self.http, self.doors, sleep=lambda seconds: None, clock=self.clock)

    def password(self, account: str) -> str:
        """The password of an account, as the seed has it."""
        return next(
            each.password for each in self.sandbox.accounts() if each.email == account.strip().lower()
        )

    def count(self, path: str) -> int:
        """How many requests were answered at addresses that hold `path`."""
        return sum(path in each for each in self.sent)

    def _note(self, response: requests.Response, *args: Any, **options: Any) -> None:
        self.sent.append(f"{response.request.method} {response.request.path_url}")
