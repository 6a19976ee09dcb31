"""Asks the probes of a graph's steps whether their work is already done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._errors import CancelledError
from lane._plan.credentials import choose

from .attempt import checked, told
from .context import INTERRUPTED, Context
from .values import NoValueError, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lane._graph.graph import Graph
    from lane._lanefile.step import Step
    from lane._plan.auth import AuthMode
    from lane._plan.bind import Binding
    from lane._plan.credentials import Choice, Found

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
        self._asking: set[Context] = set()
        self._folders: dict[Context, list[Path]] = {}

    def satisfied(self, choices: list[Choice]) -> dict[int, Any]:
        """The outputs of all steps whose work is done already, by index. A probe needs options that are known."""
        from concurrent.futures import ThreadPoolExecutor

        done: dict[int, Any] = {}
        asked: set[int] = set()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lane-probe") as pool:
            try:
                while now := [index for index in self._askable(done) if index not in asked]:
                    asked.update(now)
                    answers = pool.map(lambda index: self.ask(index, choices[index], done.__getitem__), now)
                    done.update(
                        {index: value for index, value in zip(now, answers, strict=True) if value is not None}
                    )
            except KeyboardInterrupt:
                for ctx in list(self._asking):
                    ctx.cancel(INTERRUPTED)
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return done

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
        self._asking.add(ctx)
        try:
            options = self._options(step, result)
            found = probe(ctx, **{name: options[name] for name in probe.options if name in options})
            return None if found is None else checked(step, found)
        except NoValueError:
            return None
        except BaseException as error:  # noqa: BLE001 - a probe that fails has found nothing
            self._notice("warning", f"The probe of {step.id} failed: {told(error)}")
            return None
        finally:
            self._asking.discard(ctx)
            ctx.close()
            self._remove_folders(ctx)

    def _remove_folders(self, ctx: Context) -> None:
        import shutil

        for folder in self._folders.pop(ctx, ()):
            shutil.rmtree(folder, ignore_errors=True)

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

    def change(self, ctx: Context, what: str, before: object, after: object) -> None:  # noqa: ARG002
        """Raises CancelledError: a probe changes nothing."""
        raise CancelledError(
            f"The probe of {ctx.step} tried to record the change {what!r}; probes change nothing."
        )

    def make_folder(self, ctx: Context, kind: str) -> Path:
        """A folder that is there as long as the probe runs."""
        import tempfile
        from pathlib import Path

        made = Path(tempfile.mkdtemp(prefix=f"lane-{kind}-"))
        self._folders.setdefault(ctx, []).append(made)
        return made
