"""`sh`: a program of your own as a step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from lane import Context, Model, Secret, action


class ShellResult(Model):
    """How a program ended: its exit code and what it printed, without the last line break."""

    returncode: int
    stdout: str
    stderr: str


@action(effect="create")
def sh(
    ctx: Context,
    command: Annotated[list[str] | str, "A list (no shell), or a text that the shell reads"],
    *,
    cwd: Annotated[Path | None, "Where it runs; left out: the Lanefile's folder"] = None,
    env: Annotated[dict[str, str | Secret] | None, "Further variables; secrets belong here"] = None,
    check: Annotated[bool, "Whether another exit code than 0 fails the step"] = True,
) -> ShellResult:
    """Run a program; its output goes to the log.

    Nobody can know whether one that was under way when the run was killed may run twice: `lane resume` asks.
    """
    done = ctx.run(command, cwd=cwd, env=env, shell=isinstance(command, str), check=check)
    return ShellResult(
        returncode=done.returncode, stdout=done.stdout.rstrip("\n"), stderr=done.stderr.rstrip("\n")
    )
