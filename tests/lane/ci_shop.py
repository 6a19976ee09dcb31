"""A shop whose lane falls into jobs of all kinds, for the tests that export and run it."""

from __future__ import annotations

MODES = '''
"""Ways to prove who you are in this shop."""

from dataclasses import dataclass

from lane import PersonNeededError, Secret


@dataclass(frozen=True)
class Card:
    source: str
    text: Secret
    unattended: bool = True


@dataclass(frozen=True)
class Mode:
    name: str
    attended: bool

    expires = False
    fit_for_ci = True

    @property
    def names(self):
        return (f"{self.name.upper()}_CODE",)

    def how(self):
        return [f"Set {self.names[0]}."]

    def find(self, environment, folder):
        value = environment.get(self.names[0])
        return Card(self.names[0], Secret(value)) if value and not self.attended else None

    def give(self, environment, folder, say):
        value = environment.get(self.names[0])
        if not value:
            raise PersonNeededError("Nobody answers.", hint="Set it.")
        return Card(self.names[0], Secret(value))


shop = Mode("shop", attended=False)
desk = Mode("desk", attended=True)
'''

ACTIONS = '''
"""What is done in this shop; each notes which secrets its machine holds."""

import os
from pathlib import Path

from lane import ActionError, Context, Model, action

from shop import desk, shop


class Box(Model):
    path: Path
    label: str


SECRETS = ("SHOP_CODE", "DESK_CODE", "SIGNING_PASSWORD", "GITHUB_TOKEN", "OTHER")


def held(ctx: Context) -> str:
    return ",".join(name for name in SECRETS if os.environ.get(name))


@action
def weigh(ctx: Context, *, text: str) -> int:
    """Weigh a text."""
    ctx.log.info(f"{ctx.step} holds {held(ctx)}")
    return len(text)


@action
def fetch_seal(ctx: Context, *, text: str) -> str:
    """Fetch a seal, which stays on the machine."""
    assert os.environ["SIGNING_PASSWORD"] == "correct-horse"
    ctx.path("seal").write_text(text)
    return "seal"


@action(runs_on="macos")
def pack(ctx: Context, *, seal: str, text: str) -> Box:
    """Pack a text into a box."""
    box = ctx.path("out") / "box.txt"
    box.parent.mkdir()
    box.write_text(f"{text}, sealed with {ctx.path(seal).read_text()}")
    return Box(path=box, label="a box")


@action(auth=[desk])
def sign(ctx: Context, *, label: str) -> str:
    """Let a person sign."""
    assert ctx.credential.text.reveal() == "signed-by-me"
    return f"{label}, signed"


@action(auth=[shop], effect="create")
def sell(ctx: Context, *, box: Box, paper: str) -> str:
    """Sell a box."""
    assert ctx.credential.text.reveal() == "open-sesame"
    if "broken" in paper:
        raise ActionError("It is broken.")
    return f"sold {box.path.read_text()!r} with {paper!r}, holding {held(ctx)}"


@action
def file_away(ctx: Context, *, sale: str, box: Box) -> str:
    """File a sale."""
    return f"filed {sale!r} and {box.path.name}, holding {held(ctx)}"
'''

LANEFILE = '''
from pathlib import Path

from lane import app, lane, nightly
from lane_actions import download_dsyms, upload

from shop import *  # noqa: F403 - the modes
from steps import fetch_seal, file_away, pack, sell, sign, weigh

app(bundle_id="com.example.aurora", sandbox=True)


@lane
def release(text: str = "A gift", ipa: Path = Path("Aurora.ipa")) -> None:
    """Pack, sign and sell."""
    weight = weigh(text=text)
    seal = fetch_seal(text="wax")
    box = pack.set(after=weight)(seal=seal, text=text)
    paper = sign(label=box.label)
    sale = sell(box=box, paper=paper)
    file_away.set(on=nightly)(sale=sale, box=box)
    build = upload.set(after=sale)(ipa=ipa)
    download_dsyms(build=build)
'''

PYPROJECT = """
[tool.lane.ci]
modes = ["shop"]
install = "true"

[tool.lane.ci.secrets]
fetch_seal = ["SIGNING_PASSWORD"]

[tool.lane.ci.lanes.release]
branches = ["main"]
tags = ["v*"]
"""
