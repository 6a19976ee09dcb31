"""`lane ci`: export lanes to a CI system, check the files, and what the exported jobs call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lane._errors import EXIT_FAILED, EXIT_OK
from lane._lanefile.load import load
from lane._run.journal import store_folder

from . import options

if TYPE_CHECKING:
    from lane._ci.policy import SystemName
    from lane._ci.shelf.kept import Shelf

_SYSTEMS = ("github", "gitlab", "circleci", "buildkite")

job = click.option("--job", required=True, metavar="NAME", help="The job that waits.")


@click.group()
@click.help_option("-h", "--help")
def ci() -> None:
    """Export lanes to a CI system's own files, and check that they still match."""


@ci.command()
@click.argument("system", type=click.Choice(_SYSTEMS))
@click.argument("lanes", nargs=-1, metavar="[LANE]...", shell_complete=options.lane_names)
@click.option("--output", metavar="DIR|-", help="Where to write; - prints. Default: the repository.")
@options.lanefile
@click.help_option("-h", "--help")
def export(system: SystemName, lanes: tuple[str, ...], *, output: str | None, file: str | None) -> int:
    """Write a CI system's configuration for lanes: those named, or those that [tool.lane.ci] declares.

    Where no lane is named, files of earlier exports that are no longer needed are removed.
    """
    from lane._ci.drift import exported_before
    from lane._ci.export import declared_lanes, exported
    from lane._ci.placing import place
    from lane._ci.policy import read_policy
    from lane._ci.subfolder import root_of, subfolder, to_write

    project = load(file)
    folder = Path(project.folder)
    root, below = root_of(folder), subfolder(folder)
    policy = read_policy(folder)
    files = exported(
        project, policy, system, lanes or declared_lanes(project, policy), store_folder(project.folder)
    )
    if output == "-":
        click.echo("\n".join(files.values()), nl=False)
        return EXIT_OK
    for path in place(root if output is None else Path(output), files, below):
        click.echo(f"wrote    {path}")
    if not lanes and output is None:
        for path in sorted(exported_before(folder, system).keys() - files.keys()):
            (root / path).unlink()
            click.echo(f"removed  {path}")
    for line in to_write(system, below):
        click.echo(line)
    return EXIT_OK


@ci.command()
@options.lanefile
@click.help_option("-h", "--help")
def check(*, file: str | None) -> int:
    """Exit 1 where the exported files are not what the lanes, the policy and this version of lane give today."""
    from lane._ci.drift import drift
    from lane._ci.policy import read_policy

    project = load(file)
    looked, found = drift(project, read_policy(Path(project.folder)), store_folder(project.folder))
    for one in found:
        click.echo(f"✗ {one.path} {one.what}.")
        click.echo(one.diff, nl=False)
    for path in looked:
        if path not in {one.path for one in found}:
            click.echo(f"✓ {path}")
    if found:
        click.echo("Export again: lane ci export SYSTEM")
    return EXIT_FAILED if found else EXIT_OK


@ci.command()
@click.argument("lane_name", metavar="LANE")
@job
@click.option("--to", "folder", required=True, metavar="DIR", help="The folder that gets them.")
@click.help_option("-h", "--help")
def fetch(lane_name: str, *, job: str, folder: str) -> int:
    """Fetch the hand-offs that earlier runs left for a job; exported jobs call this."""
    from lane._ci.shelf import shelf

    count = shelf.fetch(_shelf(), lane_name, job, Path(folder))
    click.echo(f"{count or 'No'} hand-off{'' if count == 1 else 's'} for {job} of {lane_name}.")
    return EXIT_OK


@ci.command()
@click.argument("lane_name", metavar="LANE")
@job
@click.option("--from", "folder", required=True, metavar="DIR", help="The folder with the hand-off.")
@click.help_option("-h", "--help")
def keep(lane_name: str, *, job: str, folder: str) -> int:
    """Keep a hand-off for a job of a later run; some exported jobs call this."""
    from lane._ci.shelf.kept import Keeper
    from lane._ci.shelf.shelf import no_shelf

    place = _shelf()
    if not isinstance(place, Keeper):
        raise no_shelf()
    place.keep(lane_name, job, Path(folder))
    return EXIT_OK


@ci.command()
@click.argument("lane_name", metavar="LANE")
@job
@click.option("--from", "folder", required=True, metavar="DIR", help="The folder with the hand-offs.")
@click.help_option("-h", "--help")
def settle(lane_name: str, *, job: str, folder: str) -> int:
    """Remove the hand-offs that are done; exported jobs call this."""
    from lane._ci.shelf import shelf

    if not Path(folder).is_dir():
        return EXIT_OK  # what should have filled it did not
    for name in shelf.settle(shelf.shelf(), lane_name, job, Path(folder)):
        click.echo(f"done: {name}")
    return EXIT_OK


def _shelf() -> Shelf:
    from lane._ci.shelf import shelf

    found = shelf.shelf()
    if found is None:
        raise shelf.no_shelf()
    return found
