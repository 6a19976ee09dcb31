"""`lane sandbox`: serve the offline Apple in the foreground, or empty it."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import click

from lane_sandbox._server import Sandbox, SandboxError, reset

FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the state is kept. Default: $LANE_STORE/sandbox, else .lane/sandbox in the current folder.",
)


class UsageProblem(click.ClickException):
    """What the sandbox needs is not there; exit code 2."""

    exit_code = 2


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=click.IntRange(0, 65535), default=8700, show_default=True, help="0: a free one.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
@FOLDER
@click.pass_context
def sandbox(context: click.Context, port: int, as_json: bool, folder: Path | None) -> None:
    """Serve an offline App Store Connect until Ctrl-C."""
    context.obj = folder
    if context.invoked_subcommand is None:
        _serve(folder or _default_folder(), port, as_json)


@sandbox.command("reset")
@FOLDER
@click.pass_context
def reset_command(context: click.Context, folder: Path | None) -> None:
    """Empty the sandbox: what is left is the seed and the keys."""
    place = folder or context.obj or _default_folder()
    try:
        reset(place)
    except (SandboxError, OSError) as error:
        raise UsageProblem(str(error)) from error
    click.echo(f"The sandbox in {place} is empty.")


def _default_folder() -> Path:
    store = os.environ.get("LANE_STORE")
    return (Path(store) if store else Path(".lane")) / "sandbox"


def _serve(folder: Path, port: int, as_json: bool) -> None:
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    try:
        served = Sandbox(folder, port=port)
    except (SandboxError, OSError) as error:
        raise UsageProblem(str(error)) from error
    with served:
        click.echo(_as_json(served) if as_json else _as_text(served))
        stopped.wait()


def _as_json(served: Sandbox) -> str:
    team_key = served.keys[0]
    ready: dict[str, object] = {
        "url": served.url,
        "key_id": team_key.key_id,
        "issuer_id": team_key.issuer_id,
        "private_key_path": str(team_key.private_key_path.resolve()),
        "accounts": [],
    }
    return json.dumps(ready)


def _as_text(served: Sandbox) -> str:
    lines = [f"An offline App Store Connect at {served.url}", "", "API keys:"]
    for key in served.keys:
        issuer = f"issuer {key.issuer_id}" if key.issuer_id else "individual"
        lines.append(f"  {key.key_id}  {key.role:<16}  {issuer}  {key.private_key_path}")
    return "\n".join([*lines, "", "Ctrl-C stops it; `lane sandbox reset` empties it."])
