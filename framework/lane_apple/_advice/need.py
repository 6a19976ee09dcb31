"""What advice is given on: calls that may have to prove who they are, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .speech import LanefileSpeech

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lane import AuthMode

    from .speech import Speech

NOW = "now"


@dataclass(frozen=True, slots=True)
class Remedy:
    """An edit of a call after which it can run under `mode`; None: after which it needs no Apple auth."""

    mode: AuthMode | None
    edit: str


@dataclass(frozen=True, slots=True)
class Deferral:
    """How a call is put off until its lane's main work is done: the edit, and the five fields of cron."""

    edit: str
    cron: str


@dataclass(frozen=True, slots=True)
class Need:
    """One call of a lane. `name` is unique in the lane, `call` says what is called, `line` where.

    `modes` are those that it can run under, the preferred first; empty: it needs no auth. `follows` are the
    names of the calls of its lane that it waits for; they come before it. `on` is the cron expression that
    defers it, `now` where it refuses to be deferred with what it follows, None where nothing is said. `defer`
    is None where the lane's main work waits for it. `check` are the modes of a check that sees that its work,
    which is done once and for long, is done (empty: it needs none); None where there is no such check. `in_hook`: it
    runs with every job. `key` is an API key that the call brings itself.
    """

    lane: str
    name: str
    call: str
    line: str | None
    modes: tuple[AuthMode, ...] = ()
    follows: tuple[str, ...] = ()
    on: str | None = None
    defer: Deferral | None = None
    check: tuple[AuthMode, ...] | None = None
    in_hook: bool = False
    remedies: tuple[Remedy, ...] = ()
    key: Holding | None = None

    @property
    def id(self) -> str:
        """`release/upload`."""
        return f"{self.lane}/{self.name}"


@dataclass(frozen=True, slots=True)
class Holding:
    """What is there of a mode's credential. `source` says where it was found, `unfit` why it is of no use.

    `seconds_left` is how long it is expected to work; None where nobody knows, or where it does not expire.
    """

    source: str = ""
    unattended: bool = False
    seconds_left: float | None = None
    unfit: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What a team says of itself; None where it did not. Named as the options of `lane advise`."""

    api_key: bool | None = None
    reachable: bool | None = None
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What advice rests on besides the needs. `sandbox`: the credentials are the offline Apple's.

    `speech` is that of what the needs were read from.
    """

    answers: Answers = Answers()
    held: Mapping[AuthMode, Holding] = field(default_factory=dict)
    sandbox: bool = False
    speech: Speech = field(default_factory=LanefileSpeech)
