"""`new_action`: say here in one line what it does."""

from typing import Annotated

from lane import Context, Model, action


class NewActionResult(Model):
    """What the step gives: a lane reads `new_action().version`, and passes it on before it is known."""

    version: str


# What else can be declared: auth, runs_on, limits, retry, on, probe (see `lane action upload`).
@action(effect="read")
def new_action(
    ctx: Context, *, program: Annotated[str, "The program that is asked"] = "git"
) -> NewActionResult:
    """Tell the version of a program."""
    done = ctx.run([program, "--version"])
    version = done.stdout.strip()
    ctx.log.info(f"{program} is {version}")
    return NewActionResult(version=version)
