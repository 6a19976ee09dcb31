"""A plan for people: jobs and their steps as a tree, what is missing, and the verdict in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from .effective import effective
from .lifetime import lifetimes, told
from .verdict import verdict
from .why import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lane._lanefile.step import Step

    from .bind import Binding
    from .plan import Job, Plan
    from .prepare import PlannedHook

_INDENT = 8  # columns, of the tree's guides
_FOLDED = {"needs": 10, "why": 12}  # columns that these keep in a narrow terminal; the others keep all


def render_plan(
    plan: Plan,
    binding: Binding,
    console: Console,
    *,
    values: bool = False,
    hooks: Sequence[PlannedHook] = (),
    sandbox: bool = False,
) -> None:
    """Print a plan. `values` adds each step's effective options with their origins."""
    place = "  against the sandbox" if sandbox else ""
    at = "" if plan.graph.schedule is None else f"  at {plan.graph.schedule}"
    title = Text.assemble((plan.lane, "bold"), at, (f"  {plan.setting}", "dim"), (place, "magenta"))
    tree = Tree(title, guide_style="dim")
    for job in plan.jobs:
        branch = tree.add(_job_title(job))
        branch.add(_steps(plan, job, console))
        if values:
            for index in job.steps:
                step = plan.graph.steps[index]
                if step.action.options.names:
                    branch.add(_values(binding, step))
    _add_satisfied(plan, tree)
    for hook in hooks:
        ids = ", ".join(step.id for step in hook.graph.steps) or "no steps"
        tree.add(Text.assemble((hook.kind, "bold"), f" of every job: {ids}"))
    console.print(tree)
    _print_lifetimes(plan, console)
    _print_missing(plan, console)
    _print_verdict(plan, console)


def _job_title(job: Job) -> Text:
    said: list[str] = []
    if job.trigger is not None:
        said.append(f"at {job.trigger}")
    if job.attended:
        said.append("needs a person")
    if job.needs:
        said.append(f"after {', '.join(job.needs)}")
    if job.kind == "main" and not job.needs:
        said.append("runs at once")
    return Text.assemble((job.name, "bold cyan"), f"  {'; '.join(said)}")


def _steps(plan: Plan, job: Job, console: Console) -> Table | Group:
    """A row for each step; where the columns would not fit, some lines for each."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for title in ("step", "auth", "needs", "line", "why"):
        least = _FOLDED.get(title)
        table.add_column(title, overflow="fold", no_wrap=least is None, min_width=least)
    rows = [_cells(plan, index) for index in job.steps]
    for row in rows:
        table.add_row(*row)
    needed = Measurement.get(console, console.options.update(max_width=1_000), table).minimum
    if needed + _INDENT <= console.width:
        return table
    return Group(*(_lines(*row) for row in rows))


def _cells(plan: Plan, index: int) -> tuple[Text, Text, Text, Text, Text]:
    step, choice = plan.graph.steps[index], plan.choices[index]
    name = step.id if step.fan is None else f"{step.id} (each)"
    auth = Text("none" if choice.mode is None else choice.mode.name)
    auth.stylize(
        "red" if choice.missing else "yellow" if choice.attended else "green" if choice.mode else "dim"
    )
    needs = ", ".join(plan.graph.steps[needed].id for needed in step.needs)
    line = Text(step.place.shown(plan.graph.folder), "dim")
    return Text(name), auth, Text(needs), line, Text(why(plan, index))


def _lines(name: Text, auth: Text, needs: Text, line: Text, reason: Text) -> Group:
    after = [Text.assemble("needs ", needs)] if needs else []
    rest = (Padding(text, (0, 0, 0, 2)) for text in (line, *after, reason))
    return Group(Text.assemble(name, "  ", auth), *rest)


def _values(binding: Binding, step: Step) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim", title_justify="left")
    table.title = Text(step.id, "bold")
    for title in ("option", "value", "from"):
        table.add_column(title, overflow="fold")
    for one in effective(binding, step):
        table.add_row(Text(one.option), Text(str(one.value)), Text(one.origin, "dim"))
    return table


def _add_satisfied(plan: Plan, tree: Tree) -> None:
    done = [step.id for step, job in zip(plan.graph.steps, plan.job_of, strict=True) if job < 0]
    if done:
        tree.add(Text.assemble(("done already", "bold"), f"  {', '.join(done)}"))


def _print_lifetimes(plan: Plan, console: Console) -> None:
    now = datetime.now(UTC)
    for one in lifetimes(plan, now):
        console.print()
        sign = ("! ", "yellow") if one.reaches is False else ("• ", "green")
        what = f" from {one.source}, for {', '.join(one.steps)}: {told(one, now)}"
        console.print(Text.assemble(sign, (one.mode.name, "bold"), what), soft_wrap=True)


def _print_missing(plan: Plan, console: Console) -> None:
    for missing in plan.missing:
        console.print()
        needed = ", ".join(missing.needed_by)
        console.print(
            Text.assemble(("Missing: ", "red"), (missing.mode.name, "bold"), f", needed by {needed}")
        )
        for how in missing.how:
            console.print(Text.assemble(("  → ", "cyan"), how), soft_wrap=True)


def _print_verdict(plan: Plan, console: Console) -> None:
    summary, would_help = verdict(plan)
    good = plan.unattended and plan.ready
    console.print()
    sign = ("✓ ", "green") if good else ("! ", "yellow")
    console.print(Text.assemble(sign, (summary, "bold")), soft_wrap=True)
    told = {how for missing in plan.missing for how in missing.how}
    for help_ in would_help:
        if not any(how in help_ for how in told):
            console.print(Text.assemble(("  → ", "cyan"), help_), soft_wrap=True)
    console.print(Text(plan.digest, "dim"), soft_wrap=True)
