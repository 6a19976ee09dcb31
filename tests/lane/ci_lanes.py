"""Lanes of many kinds, and a policy for them, for the tests of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from ci_shop import MODES
from project import Project

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMS = ("github", "gitlab", "circleci", "buildkite")

LANES = '''
    import enum
    from typing import Annotated, Literal
    from lane import Context, Secret, action, app, cron, each, lane, nightly, now, on_error
    from shop import desk, shop

    app(sandbox=True)

    class Colour(enum.Enum):
        RED = "red"
        BLUE = "blue"

    @action
    def work(ctx: Context, *, value: object = None) -> int:
        """Work."""
        return 1

    @action(runs_on="macos")
    def build(ctx: Context, *, value: object = None) -> int:
        """Build."""
        return 1

    @action(runs_on=("macos", "signing-mac"))
    def seal(ctx: Context, *, value: object = None) -> int:
        """Seal."""
        return 1

    @action(auth=[shop])
    def sell(ctx: Context, *, value: object = None) -> int:
        """Sell."""
        return 1

    @action(auth=[desk])
    def sign(ctx: Context, *, value: object = None) -> int:
        """Sign."""
        return 1

    @lane
    def plain() -> None:
        """Do one thing."""
        work()

    @lane
    def typed(
        scheme: Annotated[str, "Which app: \\"quoted\\", 100 %"] = "it's $HOME and ${{ x }} << y >>",
        count: int = 1,
        colour: Colour = Colour.RED,
        mode: Literal["a", "b"] = "a",
        tags: list[str] = [],
        notes: str = "several\\nlines",
        quick: bool = False,
        also: bool = True,
        maybe: str | None = None,
        skip: bool = False,
        token: Secret = Secret("hidden-token"),
    ) -> None:
        """Take parameters of all kinds."""
        if not skip:
            sell(value=[scheme, count, tags, notes])
        work(value=token)

    @lane
    def split() -> None:
        """Fall into jobs of all kinds."""
        first = work()
        built = build.set(after=first)()
        sealed = seal(value=built)
        signed = sign(value=sealed)
        sold = sell(value=[sealed, signed])
        tonight = work.set(on=nightly, name="tonight")(value=sold)
        work.set(on=cron("*/20 5-7 1 * 1-5"), name="later")(value=tonight)
        sell.set(name="after", on=now)(value=tonight)

    @lane(schedule="30 4 * * 7")
    def weekly() -> None:
        """Look after things."""
        each([1, 2], lambda one: work(value=one))

    @lane
    def by_person() -> None:
        """Need a person first."""
        sell(value=sign())

    @on_error(split)
    def told() -> None:
        sell()
'''

POLICY = """
    [tool.lane.ci]
    modes = ["shop"]
    install = "python -m pip install 'lane>=0.1'"

    [tool.lane.ci.secrets]
    build = ["MATCH_PASSWORD"]

    [tool.lane.ci.variables]
    build = ["MATCH_URL"]

    [tool.lane.ci.runners.github]
    "macos+signing-mac" = "macos-15-xlarge"

    [tool.lane.ci.runners.gitlab]
    "macos+signing-mac" = { tags = ["signing-mac"], image = "none" }

    [tool.lane.ci.runners.circleci]
    "macos+signing-mac" = { machine = true, resource_class = "you/signing-mac" }

    [tool.lane.ci.runners.buildkite]
    "macos+signing-mac" = "signing-mac"

    [tool.lane.ci.lanes.plain]
    branches = ["main", "release/*"]

    [tool.lane.ci.lanes.typed]
    tags = ["v*"]
    parameters = { count = 3, also = false }
    keep = ["memory.json"]

    [tool.lane.ci.lanes.split]
    branches = ["main"]
    tags = ["v*"]
    manual = false

    [tool.lane.ci.lanes.weekly]
    keep = ["memory.json", "things/seen"]

    [tool.lane.ci.lanes.by_person]
"""


def many_lanes(folder: Path) -> Project:
    """A project with lanes of many kinds, and a policy for them."""
    made = Project(folder)
    made.write("shop.py", MODES)
    made.write("Lanefile.py", LANES)
    made.write("pyproject.toml", POLICY)
    made.write("requirements.txt", "lane")
    return made


def read(folder: Path, path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((folder / path).read_text(), yaml.BaseLoader)
    return found
