"""Steps that do nothing, in three shapes."""

from lane import Context, action, lane


@action
def noop(ctx: Context, *, left: int = 0, right: int = 0) -> int:
    """Do nothing; `left` and `right` are what it waits for."""
    return 1


@lane
def one() -> None:
    """One step."""
    noop()


@lane
def chain(steps: int) -> None:
    """Each step takes the output of the one before."""
    last = noop()
    for _ in range(steps - 1):
        last = noop(left=last)


@lane
def fan(steps: int) -> None:
    """All take the output of the first; the last waits for all."""
    first = noop()
    middle = [noop(left=first) for _ in range(steps - 2)]
    noop.set(after=middle)()


@lane
def layered(steps: int) -> None:
    """Each step takes the outputs of two in the layer before."""
    width = max(2, min(100, steps // 10))
    layer = [noop() for _ in range(width)]
    for _ in range(steps // width - 1):
        layer = [noop(left=layer[at - 1], right=layer[at]) for at in range(width)]
