"""`lane list`: answered without click, pydantic or the actions' own modules."""

from __future__ import annotations

import sys

from lane._lanefile.load import load


def print_lanes(file: str | None, *, as_json: bool) -> None:
    """Print the public lanes of a Lanefile with the first line of what each says of itself."""
    project = load(file)
    lanes = project.public
    if as_json:
        import json

        rows = [
            {
                "name": lane.name,
                "line": lane.place.shown(project.folder),
                "summary": lane.summary,
                "parameters": list(lane.options.names),
                "schedule": None if lane.schedule is None else lane.schedule.cron,
                "timezone": None if lane.schedule is None else lane.schedule.timezone,
            }
            for lane in lanes
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    if not lanes:
        sys.stdout.write("The Lanefile declares no lanes.\n")
        return
    width = max(len(lane.name) for lane in lanes)
    sys.stdout.write("".join(f"{lane.name:<{width}}  {lane.summary}".rstrip() + "\n" for lane in lanes))


def __getattr__(name: str) -> object:
    """`list_lanes`, the click command, for calls with further options; click is imported only then."""
    if name != "list_lanes":
        raise AttributeError(name)
    import click

    from .options import as_json, lanefile

    @click.command("list")
    @as_json
    @lanefile
    @click.help_option("-h", "--help")
    def list_lanes(*, as_json: bool, file: str | None) -> None:
        """List the lanes of this Lanefile."""
        print_lanes(file, as_json=as_json)

    return list_lanes
