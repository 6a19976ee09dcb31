"""Advice for people: the verdict first, then what to do, the plans that result, and what is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from .json_format import by_lane
from .words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from .advice import Advice, AdviceStep, Job, OpenQuestion, Outlook
    from .ci import CiAdvice
    from .lanefile import Unread
    from .route import Route


def render_advice(
    advice: Advice,
    console: Console,
    unread: Sequence[Unread] = (),
    *,
    sandbox: bool = False,
    ci: CiAdvice | None = None,
) -> None:
    """Print advice, with what was read of CI files."""
    sign = ("! ", "yellow") if advice.affected or advice.steps else ("✓ ", "green")
    place = ("  against the sandbox", "magenta") if sandbox else ""
    console.print(Text.assemble(sign, (advice.summary, "bold"), place), soft_wrap=True)
    if advice.routes:
        console.print()
        console.print(_lanes(advice.routes))
    if ci is not None:
        from .ci_text import render_ci

        render_ci(ci, console)
    render_steps(advice, console)
    for one in advice.open:
        _print_question(one, console)
    for lane in unread:
        wants = listed(lane.wants)
        console.print(
            Text.assemble(
                "\n", ("? ", "yellow"), (lane.lane, "bold"), f" was not looked at: it wants {wants}."
            ),
            soft_wrap=True,
        )
        console.print(Text.assemble(("  → ", "cyan"), lane.how), soft_wrap=True)


def render_steps(advice: Advice, console: Console) -> None:
    """Print what to do, and the plans that result."""
    for number, step in enumerate(advice.steps, 1):
        _print_step(number, step, console)
    if advice.outlooks:
        console.print(Text("\nThe plan that results", "bold"))
        for plan in advice.outlooks:
            console.print(_tree(plan))


def _lanes(routes: Sequence[Route]) -> Table:
    """The steps that have to prove to Apple who you are, by lane."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for title in ("lane", "step", "auth", "line"):
        table.add_column(title, overflow="fold", no_wrap=title == "line")
    for name, mine in by_lane(routes).items():
        asked = [made for made in mine if made.mode is not None]
        for made in asked:
            first = name if made is asked[0] else ""
            table.add_row(Text(first), Text(made.need.name), _auth(made), Text(made.need.line or "", "dim"))
        if not asked:
            table.add_row(Text(name), Text(""), Text("none", "dim"), Text(""))
    return table


def _auth(made: Route) -> Text:
    if made.by_person:
        return Text(f"{made.auth}, by a session" if made.found else made.auth, "yellow")
    return Text(made.auth, "green") if made.settled else Text(f"{made.auth}, missing", "red")


def _print_step(number: int, step: AdviceStep, console: Console) -> None:
    console.print(Text.assemble(f"\n{number}. ", (step.title, "bold")), soft_wrap=True)
    console.print(Text(f"   {step.why}", "dim"), soft_wrap=True)
    for line in step.how:
        first, *more = line.splitlines()
        console.print(Text.assemble(("   → ", "cyan"), first), soft_wrap=True)
        for one in more:
            console.print(Text(f"     {one}".rstrip()), soft_wrap=True)


def _tree(plan: Outlook) -> Tree:
    tree = Tree(Text(plan.lane, "bold"), guide_style="dim")
    for job in plan.jobs:
        said = "; ".join(_said(job))
        tree.add(
            Text.assemble((job.name, "bold cyan"), f"  {said}: " if said else "  ", ", ".join(job.steps))
        )
    if plan.done:
        tree.add(Text.assemble(("done already", "bold"), f"  {', '.join(plan.done)}"))
    return tree


def _said(job: Job) -> list[str]:
    return [
        *([f"at {job.cron}"] if job.cron else ()),
        *(["needs a person"] if job.attended else ()),
        *([f"after {', '.join(job.needs)}"] if job.needs else ()),
    ]


def _print_question(one: OpenQuestion, console: Console) -> None:
    console.print(
        Text.assemble(
            "\n", ("? ", "yellow"), (one.question.text, "bold"), f"  ({one.question.flag} yes or no)"
        ),
        soft_wrap=True,
    )
    for word, titles in (("yes", one.yes), ("no", one.no)):
        console.print(
            Text.assemble(("  → ", "cyan"), f"{word}: {'; '.join(titles) or 'nothing besides'}"),
            soft_wrap=True,
        )
