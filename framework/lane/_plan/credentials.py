"""Which credentials are there, and which mode each step runs under: rule 1 of the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane._errors import CredentialError

from .auth import PartOfMode, wider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .auth import AuthMode, Credential


class Found:
    """What looking for a mode's credential gave: the credential, or why it is unfit, or neither."""

    __slots__ = ("credential", "reason")

    def __init__(self, credential: Credential | None, reason: str | None = None) -> None:
        self.credential = credential
        self.reason = reason

    @property
    def unattended(self) -> bool:
        """Whether the mode can be used without a person."""
        return self.credential is not None and self.credential.unattended


class Finder:
    """Looks for modes' credentials in an environment, for each only once; what a person gave counts as found.

    Modes that were narrowed from one are parts of one credential: it is looked for, renewed and asked for once.
    """

    def __init__(self, environment: Mapping[str, str], folder: str) -> None:
        self.environment = environment
        self.folder = folder
        self._known: dict[AuthMode, Found] = {}

    def __call__(self, mode: AuthMode) -> Found:
        """What is known of a mode's credential."""
        found = self._known.get(mode)
        if found is None:
            found = self._known[mode] = self._looked(mode)
        return found

    def put(self, mode: AuthMode, credential: Credential) -> None:
        """Take a credential that a person gave, for all modes that take it."""
        whole = wider(mode)
        self._known = {each: found for each, found in self._known.items() if wider(each) != whole}
        self._known[whole] = Found(credential)

    def _looked(self, mode: AuthMode) -> Found:
        whole = wider(mode)
        if whole == mode:
            return look(mode, self.environment, self.folder)
        found = self(whole)
        if found.credential is None or not isinstance(mode, PartOfMode):
            return found
        return Found(mode.part(found.credential))


def look(mode: AuthMode, environment: Mapping[str, str], folder: str) -> Found:
    """Look for a mode's credential, without the network."""
    from pathlib import Path

    try:
        return Found(mode.find(environment, Path(folder)))
    except CredentialError as error:
        return Found(None, f"{error} {error.hint or ''}".strip())


class Elsewhere:
    """A credential that the machine has on which a step will run, if this one has not."""

    source = "the machine that runs it"
    unattended = True


class Policy:
    """Which modes are allowed, which are preferred, and which the machines have that run the steps, by name."""

    __slots__ = ("allowed", "had", "preferred")

    def __init__(
        self, allowed: Iterable[str] | None = None, preferred: Iterable[str] = (), had: Iterable[str] = ()
    ) -> None:
        self.allowed = None if allowed is None else frozenset(allowed)
        self.preferred = tuple(preferred)
        self.had = frozenset(had)

    def known(self, found: Callable[[AuthMode], Found]) -> Callable[[AuthMode], Found]:
        """What is known of a mode's credential, where this machine may lack those that others have."""
        if not self.had:
            return found

        def known(mode: AuthMode) -> Found:
            here = found(mode)
            return Found(Elsewhere()) if mode.name in self.had and not here.unattended else here

        return known

    def applied(self, modes: tuple[AuthMode, ...]) -> tuple[AuthMode, ...]:
        """The modes that are allowed, the preferred first."""
        if self.allowed is not None:
            modes = tuple(mode for mode in modes if mode.name in self.allowed)
        if not self.preferred:
            return modes
        rank = {name: index for index, name in enumerate(self.preferred)}
        return tuple(sorted(modes, key=lambda mode: rank.get(mode.name, len(rank))))


class Choice:
    """The mode that a step runs under (None: none needed), and what that asks for."""

    __slots__ = ("attended", "credential", "missing", "mode", "why")

    def __init__(
        self,
        mode: AuthMode | None,
        why: str,
        *,
        credential: Credential | None = None,
        attended: bool = False,
        missing: bool = False,
    ) -> None:
        self.mode = mode
        self.why = why
        self.credential = credential
        self.attended = attended
        self.missing = missing


NOTHING_NEEDED = Choice(None, "needs no credential")


def choose(modes: tuple[AuthMode, ...], found: Callable[[AuthMode], Found], *, person: bool) -> Choice:
    """The mode of a step that declares `modes`; `person` says whether one is here.

    The first that is satisfied without a person; else, where a person is here, the first that a person can
    give; else the first that needs no person, which is then missing; only if there is none, the attended one.
    """
    if not modes:
        return NOTHING_NEEDED
    for mode in modes:
        credential = found(mode).credential
        if credential is not None and credential.unattended:
            return Choice(mode, f"{mode.name} from {credential.source}", credential=credential)
    attended = next((mode for mode in modes if mode.attended), None)
    free = next((mode for mode in modes if not mode.attended), None)
    if attended is not None and (person or free is None):
        why = "a person is here to give it" if person else "no other mode can do it"
        dead = found(attended).credential
        if dead is not None:
            why += f" ({dead.source})"
        return Choice(attended, f"{attended.name}: {why}", credential=dead, attended=True)
    assert free is not None
    return Choice(free, f"{free.name}, which is missing", missing=True)
