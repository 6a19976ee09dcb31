"""A process that needs an Apple ID's session: it says that it has found one, waits for a line, and makes sure of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lane import LaneError
from lane_apple import apple_id
from lane_apple._session.life import mark_of

if __name__ == "__main__":
    credential = apple_id.find(os.environ, Path.cwd())
    assert credential is not None
    print("found", flush=True)
    sys.stdin.readline()
    try:
        credential.ensure()
    except LaneError as error:
        print(f"{type(error).__name__} {error.code}", flush=True)
    else:
        print(mark_of(credential.web.current), flush=True)
