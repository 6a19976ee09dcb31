"""What is done at night, when nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import lane, let
from lane_actions import download_dsyms, notify

if TYPE_CHECKING:
    from lane_actions import Dsyms


@lane(schedule="0 3 * * *")
def refresh_dsyms() -> None:
    """Download the dSYMs of every build that has come since the last success."""
    dsyms = download_dsyms(since="last_run")
    some = let(dsyms, lambda found: bool(found.files))
    notify.set(when=some)(f"The dSYMs of {let(dsyms, _builds)} are here")
    idle = let(dsyms, lambda found: found.empty_nights == 30)
    notify.set(name="retire", when=idle)("No dSYMs have come for 30 nights: refresh_dsyms can go")


def _builds(dsyms: Dsyms) -> str:
    return ", ".join(f"{build.version} ({build.number})" for build in dsyms.builds)
