"""`lane auth push`: its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lane import UsageError

from .options import JSON, SETTINGS, somewhere

if TYPE_CHECKING:
    from .place import Place


@click.command(short_help="Put a session or a key where CI reads it.", context_settings=SETTINGS)
@click.argument("service", metavar="[github|gitlab]", required=False, type=click.Choice(["github", "gitlab"]))
@click.option("--command", metavar="WORDS", help="Give the value to this program on its standard input.")
@click.option(
    "--what",
    type=click.Choice(["session", "key"]),
    default="session",
    show_default=True,
    help="FASTLANE_SESSION, or APP_STORE_CONNECT_API_KEY.",
)
@click.option("--account", metavar="ACCOUNT", help="The Apple ID whose session it is.")
@click.option("--repo", metavar="OWNER/NAME", help="The repository (default: that of the git remote).")
@click.option("--environment", metavar="NAME", help="Only for jobs of this environment.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--force", is_flag=True, help="Send it even where it is there already.")
@JSON
@somewhere
def push(
    place: Place,
    service: str | None,
    *,
    command: str | None,
    what: str,
    account: str | None,
    repo: str | None,
    environment: str | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Put a session or an API key where CI reads it; what is there already is not sent again.

    GitHub: a secret of the repository or of an environment, sealed before it leaves this machine; the token is in
    GH_TOKEN or GITHUB_TOKEN. GitLab: a masked and protected variable of the project; the token is in GITLAB_TOKEN.
    Any other: a program without a shell, by --command; LANE_PUSH_NAME has the variable's name.

    A session is asked for at Apple first, and renewed where that needs no person; else the exit code is 4.
    """
    from .push import Wish, push_here

    if (service is None) == (command is None):
        raise UsageError(
            "Say where to: github, gitlab, or a program by --command.", hint="`lane auth push -h` tells more."
        )
    if command is not None and (repo or environment):
        raise UsageError("--repo and --environment are GitHub's and GitLab's.", hint="Leave them out.")
    wish = Wish(service, command or "", what, account, repo, environment, dry_run, force)
    return push_here(place, wish, as_json=as_json)
