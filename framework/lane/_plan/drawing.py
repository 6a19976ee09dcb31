"""A plan as a drawing: Mermaid and DOT, jobs as boxes, without edges that others imply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .plan import Job, Plan


def mermaid(plan: Plan) -> str:
    """A Mermaid flowchart: a subgraph for each job, rounded steps that need a person."""
    lines = ["flowchart LR"]
    for job in plan.jobs:
        lines.append(f"  subgraph job{job.index}[{_mermaid_text(_title(job))}]")
        for index in job.steps:
            text = _mermaid_text(_label(plan, index))
            shape = f"([{text}])" if plan.choices[index].attended else f"[{text}]"
            lines.append(f"    s{index}{shape}")
        lines.append("  end")
    lines.extend(f"  s{needed} --> s{index}" for needed, index in edges(plan))
    return "\n".join(lines) + "\n"


def dot(plan: Plan) -> str:
    """A Graphviz digraph: a cluster for each job, rounded steps that need a person."""
    lines = [
        f"digraph {_dot_text(plan.lane)} {{",
        "  rankdir=LR;",
        '  node [shape=box, fontname="sans-serif"];',
    ]
    for job in plan.jobs:
        lines.append(f"  subgraph cluster_{job.index} {{")
        lines.append(f"    label={_dot_text(_title(job))};")
        for index in job.steps:
            style = ", style=rounded" if plan.choices[index].attended else ""
            lines.append(f"    s{index} [label={_dot_text(_label(plan, index))}{style}];")
        lines.append("  }")
    lines.extend(f"  s{needed} -> s{index};" for needed, index in edges(plan))
    lines.append("}")
    return "\n".join(lines) + "\n"


def edges(plan: Plan) -> Iterator[tuple[int, int]]:
    """What each planned step waits for, without what others of these imply; sorted."""
    import networkx as nx

    planned = {index for job in plan.jobs for index in job.steps}
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(planned)
    graph.add_edges_from(
        (needed, index) for index in planned for needed in plan.graph.steps[index].needs if needed in planned
    )
    yield from sorted(nx.transitive_reduction(graph).edges)


def _title(job: Job) -> str:
    title = job.name if job.trigger is None else f"{job.name}: {job.trigger}"
    return f"{title} (a person)" if job.attended and job.kind != "attended" else title


def _label(plan: Plan, index: int) -> str:
    step, mode = plan.graph.steps[index], plan.choices[index].mode
    name = step.id if step.fan is None else f"{step.id} (each)"
    return name if mode is None else f"{name}\n{mode.name}"


def _mermaid_text(text: str) -> str:
    """A quoted Mermaid label; its own marks and HTML's go as entities, a line break as a tag."""
    safe = "".join(_ENTITIES.get(character, character) for character in text)
    return f'"{safe}"'


_ENTITIES = {
    "#": "#35;",
    '"': "#quot;",
    "&": "#amp;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "\\": "#92;",
    "\n": "<br/>",
}


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
