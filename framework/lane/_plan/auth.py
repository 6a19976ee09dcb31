"""What the engine knows of an auth mode: its attributes, and where to look for its credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class Credential(Protocol):
    """What a mode needs at run time: a key, a password, a session."""

    @property
    def source(self) -> str:
        """Where it was found, such as a variable's name or a file; never the secret itself."""
        ...

    @property
    def unattended(self) -> bool:
        """Whether it works without a person (a key; a session that still lives)."""
        ...


@runtime_checkable
class AuthMode(Protocol):
    """A way to prove who you are. Packages bring their own; the engine knows no provider.

    Instances are values: two that were narrowed alike compare equal.
    """

    @property
    def name(self) -> str:
        """The word in plans and in `.set(auth=…)`, such as `api_key`."""
        ...

    @property
    def attended(self) -> bool:
        """Whether a person has to be there to use it when no living credential is found."""
        ...

    @property
    def expires(self) -> bool:
        """Whether its credential stops working by itself."""
        ...

    @property
    def fit_for_ci(self) -> bool:
        """Whether its credential can be carried to a CI machine and keeps working there."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The environment variables that can give its credential."""
        ...

    def how(self) -> list[str]:
        """How to give the credential: one sentence each, the best way first."""
        ...

    def find(self, environment: Mapping[str, str], folder: Path) -> Credential | None:
        """The credential, found without the network, or None.

        `folder` is the Lanefile's. Raises CredentialError for one that is there but unfit: malformed,
        unreadable, or too weak for how the mode was narrowed.
        """
        ...


@runtime_checkable
class ExpiringCredential(Protocol):
    """What a credential that stops working by itself has besides: a mode whose `expires` is true may give one."""

    @property
    def until(self) -> float | None:
        """When it is expected to stop working, in seconds since 1970; None where nobody knows."""
        ...

    def ensure(self) -> None:
        """Make sure that it works, by the network, and renew it where no person is needed for that.

        Called before a job that runs under it begins. Raises PersonNeededError where it does not work any more,
        TransientError where that cannot be known now.
        """
        ...


@runtime_checkable
class GivenByPerson(Protocol):
    """What a mode has besides for which a person who is here can be asked."""

    def give(self, environment: Mapping[str, str], folder: Path, say: Callable[[str], None]) -> Credential:
        """Ask the person; called with `--local` before a job that needs it begins. `say` shows a line.

        Raises PersonNeededError where nobody answers, CredentialError where the answer is refused.
        """
        ...


@runtime_checkable
class PartOfMode(Protocol):
    """What a mode has besides that was narrowed to a part of a wider one, whose credential serves all its parts.

    It is found, renewed and given by a person once for all of them: what `give` returns is the wider one's.
    """

    @property
    def wider(self) -> AuthMode | None:
        """The mode whose credential is taken; None where this is the wider one itself."""
        ...

    def part(self, credential: Credential) -> Credential:
        """What this mode needs of the wider one's credential. What becomes of that, such as a renewal, is shared."""
        ...


@runtime_checkable
class CheckedByDoctor(Protocol):
    """What a mode has besides that can look, by the network, whether its way in works at all."""

    def checkup(self, environment: Mapping[str, str], folder: Path) -> Iterable[tuple[str, bool, str]]:
        """Each part that was tried: its name, whether it works, what was seen, for people.

        Called by `lane doctor` where a lane needs the mode. Nobody is signed in or asked, and nothing is changed.
        """
        ...


def wider(mode: AuthMode) -> AuthMode:
    """The mode whose credential a mode takes: itself, unless it says otherwise."""
    return (mode.wider if isinstance(mode, PartOfMode) else None) or mode


def runs_on(mode: AuthMode | None) -> tuple[str, ...]:
    """The capabilities that a mode's machine needs: its attribute `runs_on`, which it may leave out."""
    return tuple(getattr(mode, "runs_on", ()))


def instead(mode: AuthMode | None) -> str:
    """What would spare a step its mode, for people: the mode's attribute `instead`, which it may leave out."""
    return str(getattr(mode, "instead", ""))
