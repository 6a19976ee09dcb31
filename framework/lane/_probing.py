"""Asks the probes of a graph's steps whether their work is already done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ._context import Context
from ._credentials import choose
from ._errors import CancelledError
from ._redact import redactor
from ._values import NoValueError, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ._auth import AuthMode
    from ._bind import Binding
    from ._credentials import Choice, Found
    from ._graph import Graph
    from ._step import Step

_AT_ONCE = 8


class Probing:
    """What a probe works in: it may look, but leaves nothing behind. `notice` is told of probes that failed."""

    run_id = "probe"

    def __init__(
        self,
        graph: Graph,
        binding: Binding,
        environment: Mapping[str, str],
        find: Callable[[AuthMode], Found],
        notice: Callable[[str, str], None],
    ) -> None:
        self.graph = graph
        self.folder = graph.folder or "."
        self.environment = environment
        self._binding = binding
        self._find = find
        self._notice = notice

    def satisfied(self, choices: list[Choice]) -> dict[int, Any]:
        """The outputs of all steps whose work is done already, by index; a probe needs options that are known by then."""
        from concurrent.futures import ThreadPoolExecutor

        done: dict[int, Any] = {}
        asked: set[int] = set()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lane-probe") as pool:
            while True:
                now = [index for index in self._askable(done) if index not in asked]
                if not now:
                    return done
                asked.update(now)
                answers = pool.map(lambda index: self.ask(index, choices[index], done.__getitem__), now)
                done.update(
                    {index: value for index, value in zip(now, answers, strict=True) if value is not None}
                )

    def _askable(self, done: dict[int, Any]) -> list[int]:
        return [
            index
            for index, step in enumerate(self.graph.steps)
            if step.action.probe is not None
            and step.fan is None
            and step.settings.when is None
            and all(needed in done for needed in step.data)
        ]

    def ask(self, index: int, choice: Choice, result: Callable[[int], Any]) -> Any:
        """What a step's probe says: the step's output if its work is done, else None."""
        step = self.graph.steps[index]
        probe = step.action.probe
        assert probe is not None
        if probe.auth is not None:
            choice = choose(tuple(probe.auth), self._find, person=False)
        if choice.attended or choice.missing:
            return None
        credential = None if choice.mode is None else self._find(choice.mode).credential
        auth = "none" if choice.mode is None else choice.mode.name
        ctx = Context(step.id, self, index=index, auth=auth, credential=credential)
        try:
            options = self._options(step, result)
            return probe(ctx, **{name: options[name] for name in probe.options if name in options})
        except NoValueError:
            return None
        except Exception as error:
            self._notice(
                "warning", f"The probe of {step.id} failed: {redactor(str(error) or type(error).__name__)}"
            )
            return None
        finally:
            ctx.close()

    def _options(self, step: Step, result: Callable[[int], Any]) -> dict[str, Any]:
        options, resolver = self._binding.options(step), Resolver(self.graph, result)
        for name, value in step.options.items():
            resolved = resolver.value(value)
            if resolved is not value:
                options[name] = step.action.options.by_name[name].check(resolved)
        return options

    # What a context calls

    def line(self, ctx: Context, level: str, text: str) -> None:
        """Only what a person should look at is told."""
        if level in {"warning", "error"}:
            self._notice(level, f"{ctx.step}: {text}")

    def progress(self, ctx: Context, label: str, done: int, total: int | None, unit: str) -> None:
        """Probes are short: nothing is shown."""

    def change(self, ctx: Context, what: str, before: object, after: object) -> None:
        """Raises CancelledError: a probe changes nothing."""
        raise CancelledError(
            f"The probe of {ctx.step} tried to record the change {what!r}; probes change nothing."
        )

    def make_folder(self, ctx: Context, kind: str) -> Path:
        """A temporary folder."""
        import tempfile
        from pathlib import Path

        return Path(tempfile.mkdtemp(prefix=f"lane-{kind}-"))

    def arm(self, ctx: Context) -> threading.Event:
        """An event that nobody sets: probes are not cancelled one by one."""
        if ctx.cancelled is None:
            ctx.cancelled = threading.Event()
        return ctx.cancelled
