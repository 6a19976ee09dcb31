"""Mistakes that both type checkers find: one in each line that says so."""

from __future__ import annotations

from pathlib import Path

from lane import Context, action, lane, let


@action
def send(ctx: Context, *, file: Path, note: str = "") -> int:
    return 1


@lane
def release() -> None:
    count = send(file=Path("a"))
    send(file=3)  # wrong
    send()  # wrong
    send(file=Path("a"), nota="x")  # wrong
    send(file=Path("a"), note=count)  # wrong
    send.set(retries="two")(file=Path("a"))  # wrong
    send.set(retry=2)(file=Path("a"))  # wrong
    send.set(retries=2)(path=Path("a"))  # wrong
    let(count, lambda value: value.upper())  # wrong
