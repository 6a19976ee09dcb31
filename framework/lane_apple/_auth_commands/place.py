"""Where `lane auth` works: by a Lanefile or without one, at Apple or at the offline one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from lane import surroundings
from lane_apple._apple_id.access import Access
from lane_apple._session.places import USERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lane import Surroundings


@dataclass(frozen=True, slots=True)
class Place:
    """One call's. What it says of the Apple ID is that of the environment."""

    around: Surroundings
    env: str | None = None

    @classmethod
    def of(cls, file: str | None, *, env: str | None, sandbox: bool) -> Self:
        """By the Lanefile here, or a named one. Raises UsageError for one that cannot be loaded."""
        return cls(surroundings(file, env=env, sandbox=sandbox), env)

    @property
    def sandbox(self) -> bool:
        """Whether the offline Apple is meant."""
        return self.around.sandbox

    @property
    def folder(self) -> Path:
        """The Lanefile's folder, or this one."""
        return self.around.folder

    def path(self, path: Path) -> str:
        """A path as people read it: relative where it is below this place's folder."""
        return str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables."""
        return self.around.environment

    @property
    def access(self) -> Access:
        """What they say of an Apple ID. Raises CredentialError for a wrong address of the doors."""
        return Access.of(self.environment, self.folder)

    @contextmanager
    def met(self, account: str | None = None) -> Iterator[Place]:
        """This place while Apple can be asked: the offline one is started where it is meant."""
        if not self.sandbox:
            yield self.for_account(account)
            return
        from lane_apple._rehearsal import started

        with started(self.around.store, self.environment, account=account) as names:
            yield self.overlaid("sandbox", names)

    def unmet(self, account: str | None = None) -> Place:
        """This place with what is known without asking Apple."""
        if not self.sandbox:
            return self.for_account(account)
        from lane_apple._rehearsal import offered

        return self.overlaid("sandbox", offered(self.around.store, self.environment, account=account))

    def for_account(self, account: str | None) -> Place:
        """This place with one Apple ID named, whatever the variables say."""
        if account is None:
            return self
        known = Access.of(self.environment, self.folder)
        named = dict.fromkeys(USERS, "") | {USERS[0]: account}
        if known.account is not None and known.account.strip().lower() != account.strip().lower():
            from lane_apple._apple_id.access import PASSWORDS
            from lane_apple._session.finding import SESSION_NAMES

            named |= dict.fromkeys((*PASSWORDS, *SESSION_NAMES), "")  # they are the other one's
        return self.overlaid("the command line", named)

    def overlaid(self, origin: str, variables: Mapping[str, str]) -> Place:
        """This place with variables on top; an empty one is unset."""
        return replace(self, around=self.around.overlaid(origin, variables))
