"""What the engine knows of an auth mode: its attributes, and where to look for its credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
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
