"""How advice speaks of a Fastfile: what one runs, and what one writes there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FastfileSpeech:
    """The speech of Fastfiles: `lane_apple.Speech`."""

    once: str = "Apple lets only an Apple ID do it, but once for each app is enough."
    hook: str = "A hook runs with every lane: on CI, each of them stops there."
    attended: str = "A lane of its own for what needs a person leaves the rest to CI."
    status: str = "`lane auth status` says how long it is expected to live, `lane auth watch` tells in time."

    def load_key(self) -> tuple[str, ...]:
        """The action that loads a key."""
        return ("Call app_store_connect_api_key in before_all: every lane then uses the key.",)

    def by_hand(self, lane: str, job: str | None) -> str:
        """`fastlane ios beta`."""
        del job
        return f"fastlane {lane}"

    def gone(self, call: str, lane: str) -> str:
        """Take it out."""
        return f"Then take {call} out of {lane}."

    def left(self, lane: str) -> tuple[str, ...]:
        """Nothing: what was moved is no part of the lane any more."""
        del lane
        return ()

    def rest(self, lane: str) -> str:
        """The lane without it."""
        return f"CI runs {lane} without it."

    def completes(self, command: str) -> str:
        """A person, at a terminal."""
        return f"`{command}` at a terminal does it all: it asks for the code."

    def with_session(self, lane: str, job: str, cron: str | None) -> str:
        """What runs with FASTLANE_SESSION."""
        del job
        if cron is None:
            return f"`fastlane {lane}` with FASTLANE_SESSION then needs no person."
        return (
            f"A job at {cron} with FASTLANE_SESSION then does what was taken out of {lane}, without a person."
        )
