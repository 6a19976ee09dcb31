"""The same for doit."""

from doit import get_var

DOIT_CONFIG = {"verbosity": 0}


def noop():
    """Do nothing."""


def task_one():
    """One task."""
    return {"actions": [noop]}


def task_layered():
    """Each task waits for two in the layer before."""
    steps = int(get_var("steps", "0"))
    width = max(2, min(100, steps // 10))
    for number in range(steps // width * width if steps else 0):
        layer, at = divmod(number, width)
        before = (layer - 1) * width
        needs = [f"layered:{before + (at - 1) % width}", f"layered:{before + at}"] if layer else []
        yield {"name": str(number), "actions": [noop], "task_dep": needs}
