"""The same for doit."""

import json
import time
from pathlib import Path

DOIT_CONFIG = {"verbosity": 0}


def rest(seconds):
    """Sleep."""
    time.sleep(seconds)


def task_one():
    """One task."""
    return {"actions": [(rest, [0])]}


def task_release():
    """All of it."""
    for name, seconds, needs in json.loads((Path(__file__).parent / "tasks.json").read_text()):
        task_deps = [f"release:{one}" for one in needs]
        yield {"name": name, "actions": [(rest, [seconds])], "task_dep": task_deps}
