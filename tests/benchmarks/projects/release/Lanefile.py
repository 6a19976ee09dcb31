"""A release whose steps only sleep; what they are is in `tasks.json`."""

import json
import time
from pathlib import Path

from lane import Context, action, lane


@action
def rest(ctx: Context, *, seconds: float = 0.0) -> None:
    """Sleep."""
    time.sleep(seconds)


@lane
def one() -> None:
    """One step."""
    rest()


@lane
def release() -> None:
    """All of it."""
    steps: dict[str, None] = {}
    for name, seconds, needs in json.loads((Path(__file__).parent / "tasks.json").read_text()):
        steps[name] = rest.set(name=name, after=[steps[one] for one in needs])(seconds=seconds)
