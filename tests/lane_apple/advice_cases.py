"""Steps of typical teams, as needs, and what such teams may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_apple import api_key, app_specific_password, apple_id
from lane_apple._advice.advise import advise
from lane_apple._advice.need import Answers, Deferral, Facts, Holding, Need, Remedy

if TYPE_CHECKING:
    from lane import AuthMode
    from lane_apple._advice.advice import Advice

HELD_KEY: dict[AuthMode, Holding] = {api_key: Holding("a key", unattended=True)}
HELD_PASSWORD: dict[AuthMode, Holding] = {app_specific_password: Holding("a password", unattended=True)}
HELD_SESSION: dict[AuthMode, Holding] = {apple_id: Holding("a session", unattended=True, seconds_left=72_000)}
DEAD_SESSION: dict[AuthMode, Holding] = {apple_id: Holding("a session that is dead")}

NIGHTLY = "0 3 * * *"
DEFER = Deferral("write .set(on=nightly).", NIGHTLY)


def need(name: str, *modes: AuthMode, lane: str = "release", call: str | None = None, **more: Any) -> Need:
    """A need on a line of its own."""
    return Need(lane, name, call or name, f"Lanefile.py:{sum(map(ord, lane + name))}", modes, **more)


READ = need("match")
BUILD = need("build_app", follows=("match",))
UPLOAD = need("upload", api_key, follows=("build_app",))
BARE = need("upload", api_key, app_specific_password, follows=("build_app",))
DSYMS = need("download_dsyms", api_key, apple_id, follows=("upload",), on=NIGHTLY)
RECORD = need("create_app_record", apple_id, check=(api_key,))
DETAILS = need("privacy_details", apple_id, follows=("upload",), defer=DEFER)
PEM = need("pem", apple_id, check=())
WRITING = need("match", api_key, remedies=(Remedy(None, "write match(readonly=True)."),))
PINNED = need(
    "download_dsyms", apple_id, remedies=(Remedy(api_key, "take .set(auth=…) away."),), follows=("upload",)
)


def answers(text: str) -> Answers:
    """`+api_key -shared` as answers."""
    return Answers(**{word[1:]: word[0] == "+" for word in text.split()})


def advice(*needs: Need, said: str = "", held: dict[AuthMode, Holding] | None = None, **more: Any) -> Advice:
    """The advice for a team."""
    return advise(needs, Facts(answers(said), held or {}, **more))


def codes(made: Advice) -> list[str]:
    """The codes of what is advised, in its order."""
    return [step.code for step in made.steps]
