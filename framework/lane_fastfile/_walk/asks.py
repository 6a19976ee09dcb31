"""Calls that stop and ask a person, whatever the credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lane_fastfile._auth.modes import NONE
from lane_fastfile._auth.verdict import Verdict
from lane_fastfile._catalogue.catalogue import Option

from .options import find_option
from .values import Table, truth

if TYPE_CHECKING:
    from lane_fastfile._catalogue.catalogue import Action
    from lane_fastfile._ruby import nodes as n

    from .scope import Scope
    from .walker import Walker

# Gems that ask at a terminal.
ASKING_CLASSES = {"HighLine", "TTY::Prompt"}
_TYPED = "waits for somebody to type"


@dataclass(frozen=True, slots=True)
class _Asking:
    """What an action asks, and what spares the question: all options of one of the ways are given, and not false.

    `prefix` begins the environment variables of its options; `only_with` is the option without which it asks nothing.
    """

    what: str
    ways: tuple[tuple[str, ...], ...]
    instead: str
    prefix: str
    only_with: str | None = None


_ASKS = {
    "upload_to_app_store": _Asking(
        "shows a preview and asks whether it is right",
        (("force",), ("skip_metadata", "skip_screenshots")),
        "force: true",
        "DELIVER",
    ),
    "match_nuke": _Asking(
        "asks whether everything may be revoked",
        (("skip_confirmation",),),
        "skip_confirmation: true",
        "MATCH",
    ),
    "set_changelog": _Asking(
        "asks for the text where fastlane/changelog.txt is missing",
        (("changelog",),),
        "give changelog",
        "FL_SET_CHANGELOG",
    ),
    "upload_app_privacy_details_to_app_store": _Asking(
        "asks about each kind of data",
        (("json_path",),),
        "give json_path",
        "UPLOAD_APP_PRIVACY_DETAILS_TO_APP_STORE",
    ),
    "upload_to_testflight": _Asking(
        "asks what external testers are to test",
        (("changelog",), ("distribute_only",)),
        "give changelog",
        "PILOT",
        "distribute_external",
    ),
    "prompt": _Asking(
        "asks a person for a value", (("ci_input",),), "give ci_input, which it takes on CI", "FL"
    ),
}


def asks(walker: Walker, action: Action, table: Table) -> str | None:
    """What a call asks and how to avoid it; None: nothing, or only for what is missing or not known."""
    asking = _ASKS.get(action.name)
    if asking is None or (
        action.name == "prompt" and walker.program.in_ci
    ):  # there, ci_input is '' where not given
        return None

    def given(name: str) -> bool | None:
        variable = f"{asking.prefix}_{name.upper()}"
        value = find_option(walker, action, table, name, Option(env=(variable,))).value
        return (None if table.open else False) if value is None else truth(value)

    if asking.only_with is not None and given(asking.only_with) is not True:
        return None
    if any(all(given(name) is not False for name in way) for way in asking.ways):
        return None
    return f"{asking.what}: {asking.instead}"


def record_prompt(walker: Walker, name: str, node: n.Node, scope: Scope, what: str = "asks a person") -> None:
    """Record a question that is no action."""
    if not walker.loading:
        walker.record("prompt", name, name, node, scope, Verdict(NONE, what), what)


def record_typing(walker: Walker, name: str, node: n.Node, scope: Scope) -> None:
    """Record a line that is read from the terminal."""
    record_prompt(walker, name, node, scope, _TYPED)
