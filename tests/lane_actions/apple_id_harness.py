"""A person of the offline Apple whose session is kept where a run looks for it; plans that were probed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apple_web import die, signed_in
from engine import Engine

from lane._cli.looking import look
from lane._plan.json_format import plan_json
from lane_apple import AppleId, AppleSession, Cookie
from lane_apple._apple_id.access import Access
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from pathlib import Path

    from lane._lanefile.lane import Lane
    from lane_apple._session.life import Face
    from lane_sandbox import Sandbox


@dataclass
class Person:
    """An Apple ID of the sandbox. Sessions go to the store that the environment names."""

    sandbox: Sandbox
    folder: Path
    email: str = "olive@example.com"
    roles: tuple[str, ...] = ()

    def signs_in(self) -> AppleSession:
        """A new session at both faces, kept."""
        web = signed_in(self.sandbox, self.email, roles=self.roles)
        cookies = tuple(Cookie(each.name, each.value, each.domain) for each in web.current.cookies)
        kept = AppleSession(self.email, cookies, made_at=time.time(), made_on="build-mac")
        SessionStore.of(os.environ, self.folder).save(kept)
        return kept

    def credential(self) -> AppleId:
        """A new session, as a step gets it."""
        session = self.signs_in()
        return AppleId(Access.of(os.environ, self.folder), session)

    def loses(self, *faces: Face) -> None:
        """Its session dies at these faces; nothing here knows yet."""
        session = SessionStore.of(os.environ, self.folder).load(self.email)
        assert session is not None
        web = AppleId(Access.of(os.environ, self.folder), session).web
        for face in faces:
            die(self.sandbox, web, face)


def probed(folder: Path, lane: Lane[..., Any], **parameters: Any) -> dict[str, Any]:
    """The plan of `lane plan --ci --probe --json`."""
    made = Engine(folder).prepared(lane, parameters)
    look(made, made.find, lambda _level, _text: None, None)
    return plan_json(made.plan, made.binding)


def jobs(plan: dict[str, Any]) -> dict[str, list[str]]:
    """The steps of each job of a plan."""
    return {job["name"]: [step["id"] for step in job["steps"]] for job in plan["jobs"]}
