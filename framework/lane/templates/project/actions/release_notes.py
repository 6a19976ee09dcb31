"""`release_notes`: what changed since the last tag, for testers to read."""

from typing import Annotated

from lane import Context, action

NOTHING_SAID = "Bug fixes and improvements."


@action(effect="read")
def release_notes(ctx: Context, *, most: Annotated[int, "How many commits at most"] = 10) -> str:
    """The subjects of the commits since the last tag, one a line."""
    tag = ctx.run(["git", "describe", "--tags", "--abbrev=0"], check=False)
    since = [f"{tag.stdout.strip()}..HEAD"] if tag.returncode == 0 else []
    log = ctx.run(["git", "log", f"--max-count={most}", "--format=• %s", *since], check=False)
    notes = log.stdout.strip() if log.returncode == 0 else ""
    if not notes:
        ctx.log.info(f"git knows no commits to tell of; the notes say {NOTHING_SAID!r}")
    return notes or NOTHING_SAID
