"""The settings of a step, which `.set(...)` gives it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from lane._plan.auth import AuthMode

    from .trigger import Trigger

_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")


class Settings:
    """How a step is run, as `.set(...)` says; each is None (or False) where it was left out.

    `timeout` and `no_output_timeout` are seconds. `retries` is how often a failed step is tried again.
    """

    __slots__ = (
        "after",
        "allow_failure",
        "always",
        "auth",
        "name",
        "no_output_timeout",
        "on",
        "retries",
        "timeout",
        "when",
    )

    def __init__(
        self,
        on: Trigger | None = None,
        after: Any = (),
        when: Any = None,
        name: str | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        no_output_timeout: float | None = None,
        allow_failure: bool = False,
        always: bool = False,
        auth: AuthMode | str | None = None,
    ) -> None:
        self.on = on
        self.after: Sequence[Any] = after if type(after) in (tuple, list) else (after,)
        self.when = when
        self.name = name
        self.retries = retries
        self.timeout = timeout
        self.no_output_timeout = no_output_timeout
        self.allow_failure = allow_failure
        self.always = always
        self.auth = auth

    @property
    def only_order(self) -> bool:
        """Whether they say no more than what the step waits for."""
        return (
            self.on is None
            and self.when is None
            and self.name is None
            and self.retries is None
            and self.timeout is None
            and self.no_output_timeout is None
            and self.allow_failure is False
            and self.always is False
            and self.auth is None
        )


DEFAULT = Settings()


def faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is wrong with settings, except for `after` and `when`: a message, and what to write."""
    from .trigger import Trigger

    said = settings
    if said.on is not None and not isinstance(said.on, Trigger):
        yield (
            f"on= takes a trigger, not {shown(said.on)}.",
            'Write on=nightly, on=cron("0 3 * * *") or on=now.',
        )
    if said.name is not None and not (
        isinstance(said.name, str) and said.name and _NAME.issuperset(said.name)
    ):
        yield f"name= takes letters, digits, _, - and ., not {shown(said.name)}.", 'Write name="upload-beta".'
    if said.retries is not None and (type(said.retries) is not int or said.retries < 0):
        yield f"retries= takes a whole number from 0, not {shown(said.retries)}.", "Write retries=2."
    for word in ("timeout", "no_output_timeout"):
        seconds = getattr(said, word)
        if seconds is not None and (type(seconds) not in (int, float) or not 0 < seconds < float("inf")):
            yield f"{word}= takes seconds, more than 0, not {shown(seconds)}.", f"Write {word}=600."
    for word in ("allow_failure", "always"):
        if type(getattr(said, word)) is not bool:
            yield f"{word}= takes True or False, not {shown(getattr(said, word))}.", f"Write {word}=True."
    if said.auth is not None and not isinstance(said.auth, str) and not hasattr(said.auth, "attended"):
        yield f"auth= takes one of the declared modes, not {shown(said.auth)}.", "Write auth=api_key."


def shown(value: object) -> str:
    """A value for a message, cut to a readable length; an output by its kind only."""
    from lane._graph.output import Output

    if isinstance(value, Output):
        return "an output"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - any object may come here
        return f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "…"
