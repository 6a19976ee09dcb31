"""`lane sandbox`: serve the offline Apple in the foreground, or empty it."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lane_sandbox._faults import FaultError
from lane_sandbox._folder import SandboxError, delivered, reset
from lane_sandbox._seed import SeedError
from lane_sandbox._server import Sandbox

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account

FOLDER = click.option(
    "--folder",
    "--state",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the state is kept: a folder, or a file that ends in .sqlite or .db. "
    "Default: $LANE_STORE/sandbox, else .lane/sandbox in the current folder.",
)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
SECONDS = click.FloatRange(0, 10**9)


class UsageProblem(click.ClickException):
    """What the sandbox needs is not there; exit code 2."""

    exit_code = 2


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=click.IntRange(0, 65535), default=8700, show_default=True, help="0: a free one.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
@click.option("--seed", type=EXISTING, help="A YAML file: what a new sandbox holds.")
@click.option("--faults", type=EXISTING, help="A YAML file: what goes wrong.")
@click.option("--apple-host", is_flag=True, help="Lead links to Apple's own host, for redirected clients.")
@click.option("--processing-seconds", type=SECONDS, default=1.0, show_default=True, help="To a valid build.")
@click.option(
    "--review-seconds", type=SECONDS, default=3600.0, show_default=True, help="To a review's outcome."
)
@click.option(
    "--listing-seconds", type=SECONDS, default=0.0, show_default=True, help="To a new app record in lists."
)
@click.option(
    "--hourly-limit", type=click.IntRange(1), default=3500, show_default=True, help="Requests of a key."
)
@FOLDER
@click.pass_context
def sandbox(context: click.Context, /, folder: Path | None, as_json: bool, **options: Any) -> None:
    """Serve an offline App Store Connect until Ctrl-C."""
    context.obj = folder
    if context.invoked_subcommand is None:
        _serve(folder or _default_folder(), as_json, options)


@sandbox.command("reset")
@FOLDER
@click.pass_context
def reset_command(context: click.Context, folder: Path | None) -> None:
    """Empty the sandbox: what is left is the seed and the keys."""
    place = folder or context.obj or _default_folder()
    try:
        reset(place)
    except (SandboxError, SeedError, OSError) as error:
        raise UsageProblem(str(error)) from error
    click.echo(f"The sandbox in {place} is empty.")


@sandbox.command("messages")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--code", is_flag=True, help="Print the newest code alone.")
@click.option(
    "--account", envvar="LANE_QUESTION_ACCOUNT", help="Only this Apple ID's. Default: $LANE_QUESTION_ACCOUNT."
)
@FOLDER
@click.pass_context
def messages_command(
    context: click.Context, /, folder: Path | None, as_json: bool, code: bool, account: str | None
) -> None:
    """Print the codes that were delivered, the newest last: nobody's phone rings.

    LANE_CODE_COMMAND="lane sandbox messages --code" lets a script sign in.
    """
    place = folder or context.obj or _default_folder()
    try:
        found = delivered(place)
    except (SandboxError, OSError) as error:
        raise UsageProblem(str(error)) from error
    if account:
        found = [each for each in found if each["account"].lower() == account.strip().lower()]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif code and not found:
        raise click.ClickException(f"No code was delivered in {place}.")
    elif code:
        click.echo(found[-1]["code"])
    else:
        click.echo("\n".join(map(_delivery, found)) or "No code was delivered.")


def _delivery(message: dict[str, Any]) -> str:
    to = message["phone"] or ", ".join(message["devices"])
    return f"{message['sent']}  {message['code']:<6}  {message['account']}  {message['way']} to {to}"


def _default_folder() -> Path:
    store = os.environ.get("LANE_STORE")
    return (Path(store) if store else Path(".lane")) / "sandbox"


def _serve(folder: Path, as_json: bool, options: dict[str, Any]) -> None:
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    try:
        served = Sandbox(folder, **options)
    except (SandboxError, SeedError, FaultError, OSError) as error:
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
        "accounts": [_account(each) for each in served.accounts()],
    }
    return json.dumps(ready)


def _account(account: Account) -> dict[str, object]:
    return {
        "email": account.email,
        "password": account.password,
        "name": account.name,
        "kind": account.kind,
        "teams": [
            {"team_id": each.team_id, "provider_id": each.provider_id, "name": each.name}
            for each in account.teams
        ],
    }


def _as_text(served: Sandbox) -> str:
    lines = [f"An offline App Store Connect at {served.url}", "", "API keys:"]
    for key in served.keys:
        issuer = f"issuer {key.issuer_id}" if key.issuer_id else "individual"
        lines.append(f"  {key.key_id}  {key.role:<16}  {issuer}  {key.private_key_path}")
    lines += ["", "Apple IDs:"]
    accounts = served.accounts()
    address, password = (
        max((len(getattr(each, name)) for each in accounts), default=0) for name in ("email", "password")
    )
    lines += [f"  {each.email:<{address}}  {each.password:<{password}}  {each.kind}" for each in accounts]
    lines += ["", f"Their codes come to {served.url}/_sandbox/messages"]
    return "\n".join([*lines, "", "Ctrl-C stops it; `lane sandbox reset` empties it."])
