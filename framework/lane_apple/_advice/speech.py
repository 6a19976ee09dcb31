"""How advice speaks of what it was given on: what one runs, and what one writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

_STATUS = "`lane auth status` says how long it is expected to live"


class Speech(Protocol):
    """What differs between a Lanefile and other files: commands, and why something helps there.

    `once`, `hook` and `attended` are the reasons of the advice of that code; `status` says where the life of a
    session is shown.
    """

    @property
    def once(self) -> str:
        """Why what is done once leaves the plan."""
        ...

    @property
    def hook(self) -> str:
        """Why nothing in a hook may need a person."""
        ...

    @property
    def attended(self) -> str:
        """What becomes of the rest where a person completes a lane."""
        ...

    @property
    def status(self) -> str:
        """Where to look how long a session lives."""
        ...

    def load_key(self) -> tuple[str, ...]:
        """What is written so that an API key is used, besides the variables that give it."""
        ...

    def by_hand(self, lane: str, job: str | None) -> str:
        """The command with which a person runs a lane, or one job of it."""
        ...

    def gone(self, call: str, lane: str) -> str:
        """How one sees, or sees to it, that what is done once is out of the plan."""
        ...

    def left(self, lane: str) -> tuple[str, ...]:
        """What becomes of a job that was put off."""
        ...

    def rest(self, lane: str) -> str:
        """What CI does where a person completes a lane."""
        ...

    def completes(self, command: str) -> str:
        """How a person completes it."""
        ...

    def with_session(self, lane: str, job: str, cron: str | None) -> str:
        """What runs without a person once there is a session."""
        ...


@dataclass(frozen=True, slots=True)
class LanefileSpeech:
    """The speech of Lanefiles."""

    once: str = (
        "Apple lets only an Apple ID do it, but a probe sees without one that it is done, and takes it out of the"
        " plan."
    )
    hook: str = "A hook runs with every job, and no job may wait for a person in it: the lane cannot run so."
    attended: str = (
        "The planner puts what needs a person, and what waits for it, into jobs of their own; the rest runs in CI"
        " without them."
    )
    status: str = f"{_STATUS}, `lane plan` whether that reaches to the job."

    def load_key(self) -> tuple[str, ...]:
        """Nothing: a key that is found is used."""
        return ()

    def by_hand(self, lane: str, job: str | None) -> str:
        """`lane run release --local`."""
        return f"lane run {lane}{f' --job {job}' if job is not None else ''} --local"

    def gone(self, call: str, lane: str) -> str:
        """`lane plan --probe`."""
        del call
        return f"`lane plan {lane} --probe` shows that it is gone."

    def left(self, lane: str) -> tuple[str, ...]:
        """It is pending."""
        return (f"`lane run {lane}` leaves that job pending; `lane pending` lists it.",)

    def rest(self, lane: str) -> str:
        """`lane run` in CI."""
        return f"`lane run {lane}` in CI does the rest, and leaves those pending."

    def completes(self, command: str) -> str:
        """At a terminal."""
        return f"`{command}` at a terminal completes it, in the same store."

    def with_session(self, lane: str, job: str, cron: str | None) -> str:
        """`lane run`, with `--job` for what is scheduled."""
        if cron is None:
            return f"`lane run {lane}` then needs no person."
        return (
            f"`lane run {lane} --job {job}`, in the same store, then runs what is pending without a person."
        )
