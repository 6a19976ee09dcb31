"""Tells whether this machine counts as a Mac."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane import Context


def is_mac(ctx: Context) -> bool:
    """Whether it is one, or LANE_RUNS_ON declares it to be one (for stand-ins of Apple's tools)."""
    declared = ctx.environment.get("LANE_RUNS_ON", "")
    return sys.platform == "darwin" or "macos" in {word.strip() for word in declared.split(",")}
