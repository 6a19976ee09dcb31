"""Read shell commands for the tools that sign in to Apple: fastlane's, altool, notarytool, curl."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._walk.values import GAP, Known, Table, Unknown, Value

from .modes import API_KEY, APPLE_ID, NONE, ORDER, PASSWORD, UNKNOWN
from .shell_words import commands_of, script_within, settings_of, without_prefixes
from .verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Found:
    """A tool in a command: its verdict; or the action whose rules decide; or a lane that it runs."""

    tool: str
    verdict: Verdict | None = None
    action: str | None = None
    options: Table = field(default_factory=Table)
    settings: Mapping[str, str] = field(default_factory=dict)  # environment variables that the command sets
    lane: tuple[str | None, str] | None = None


def read_command(texts: Sequence[str]) -> list[Found]:
    """The tools that a command runs; several texts are the words of one command."""
    found: list[Found] = []
    exported: dict[str, str] = {}
    lines = [list(texts)] if len(texts) > 1 else commands_of(texts[0]) if texts else []
    for words in lines:
        settings, bare = without_prefixes(words)
        if bare[:1] == ["export"]:
            exported |= settings_of(bare[1:])
        elif (inner := script_within(bare)) is not None:
            found += read_command([inner])
        elif (one := _tool(bare)) is not None:
            found.append(replace(one, settings={**exported, **settings}))
    return found


def _tool(words: list[str]) -> Found | None:
    if not words:
        return None
    name = words[0].rpartition("/")[2]
    reader = _READERS.get(name)
    if reader is not None:
        return reader(words[1:])
    if name in catalogue().tools and name in _STAND_ALONE:
        return _fastlane([name, *words[1:]])
    return None


_STAND_ALONE = {
    "cert",
    "sigh",
    "pem",
    "produce",
    "pilot",
    "deliver",
    "match",
    "precheck",
    "spaceauth",
    "spaceship",
}


def _fastlane(words: list[str]) -> Found | None:
    plain = [word for word in words if not word.startswith("-")]
    if not plain:
        return None
    first = plain[0]
    if GAP in first:
        return Found(
            "fastlane", Verdict(UNKNOWN, "which tool or lane fastlane runs is only known when it runs")
        )
    if first == "run":
        return _action(plain[1:])
    if first in ("spaceauth", "spaceship"):
        return _spaceauth(words)
    if first in catalogue().tools:
        return _fastlane_tool(first, words[words.index(first) + 1 :])
    if first in (
        "action",
        "actions",
        "lanes",
        "list",
        "docs",
        "init",
        "new_action",
        "env",
        "update_fastlane",
        "help",
        *_PLUGIN_COMMANDS,
    ):
        return None
    return _lane(plain)


_PLUGIN_COMMANDS = ("add_plugin", "install_plugins", "new_plugin", "search_plugins", "update_plugins")
_PLATFORMS = {"ios", "mac", "android", "tvos", "appletvos"}


def _lane(plain: list[str]) -> Found | None:
    names = [word for word in plain if ":" not in word]
    platform = names.pop(0) if names and names[0] in _PLATFORMS else None
    if not names:
        return None
    if GAP in names[0]:
        return Found("fastlane", Verdict(UNKNOWN, "which lane fastlane runs is only known when it runs"))
    return Found("fastlane", lane=(platform, names[0]))


def _action(words: list[str]) -> Found | None:
    action = catalogue().find(words[0]) if words else None
    if action is None:
        return None
    pairs = (word.partition(":") for word in words[1:])
    return Found(f"fastlane run {words[0]}", action=action.name, options=_table({k: v for k, _, v in pairs}))


def _spaceauth(words: list[str]) -> Found:
    if any(word.startswith("--check") for word in words):
        return Found("spaceauth", Verdict(NONE, "only asks whether the stored session is still valid"))
    return Found(
        "spaceauth", Verdict(APPLE_ID, "spaceauth signs in with password and code, to make a session")
    )


def _fastlane_tool(name: str, words: list[str]) -> Found | None:
    tool = catalogue().tools[name]
    command = next((word for word in words if not word.startswith("-")), None)
    if command == "nuke":
        return Found(f"{name} nuke", action="match_nuke", options=_flags(words))
    modes = tool.commands.get(command or "", [])
    if modes:
        mode = API_KEY if API_KEY in modes and NONE not in modes[1:] else modes[0]
        mode = min((mode, *modes), key=ORDER.index) if mode == NONE else mode
        own = any(word.startswith("--api_key") for word in words)
        why = f"the tool {name} {command} {_TAKES[mode]}"
        return Found(f"{name} {command}", Verdict(mode, why, has_key=own, sure_key=own))
    if tool.action is None:
        return None
    options = _flags(words)
    if name == "match" and command is not None and command not in tool.commands:
        options = Table({"type": Known(command), **options.values})
    return Found(name, action=catalogue().names.get(name, tool.action), options=options)


_TAKES = {
    NONE: "needs no Apple credential",
    API_KEY: "takes an API key",
    PASSWORD: "takes an app-specific password",
    APPLE_ID: "signs in with an Apple ID",
}


def _flags(words: list[str]) -> Table:
    """`--readonly`, `--readonly false`, `--type=adhoc` as options."""
    found: dict[str, str | None] = {}
    for index, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        following = words[index + 1] if index + 1 < len(words) else "-"
        found[name] = value if equals else None if following.startswith("-") else following
    return _table(found)


def _table(found: dict[str, str | None]) -> Table:
    values: dict[str, Value] = {}
    for name, text in found.items():
        values[name] = Known(True) if text is None else Unknown(text) if GAP in text else Known(text)
    return Table(values)


def _altool(words: list[str]) -> Found | None:
    if not any(
        word.startswith(("--upload", "--validate", "--notar", "-f", "--list", "--build-status"))
        for word in words
    ):
        return None
    return _key_or_password("altool", words, ("--apiKey", "--apikey", "--api-key", "--apiIssuer"))


def _notarytool(words: list[str]) -> Found | None:
    if not words or words[0] == "--help":
        return None
    if "--keychain-profile" in words or "-p" in words:
        why = "notarytool with a stored profile, which holds an app-specific password or a key"
        return Found("notarytool", Verdict(PASSWORD, why, unless="api_key: the profile may hold a key"))
    return _key_or_password("notarytool", words, ("--key", "-k", "--key-id", "--issuer"))


def _transporter(words: list[str]) -> Found | None:
    return _key_or_password("iTMSTransporter", words, ("-apiKey", "-jwt", "-apiIssuer"))


def _key_or_password(tool: str, words: list[str], key_flags: tuple[str, ...]) -> Found:
    if any(word.partition("=")[0] in key_flags for word in words):
        return Found(tool, Verdict(API_KEY, f"runs {tool} with an API key"))
    return Found(
        tool,
        Verdict(
            PASSWORD,
            f"runs {tool} with an Apple ID and an app-specific password",
            unless="api_key: it takes a key as well",
        ),
    )


def _curl(words: list[str]) -> Found | None:
    if any("api.appstoreconnect.apple.com" in word for word in words):
        why = "calls App Store Connect directly, with a token made from an API key"
        return Found("App Store Connect API", Verdict(API_KEY, why))
    return None


def _xcodebuild(words: list[str]) -> Found | None:
    if any(word.startswith("-authenticationKey") for word in words):
        why = "xcodebuild talks to Apple itself, with an API key (-authenticationKeyPath)"
        return Found("xcodebuild", Verdict(API_KEY, why))
    if "-allowProvisioningUpdates" in words:
        why = "xcodebuild talks to Apple with the account that Xcode knows (-allowProvisioningUpdates)"
        return Found("xcodebuild", Verdict(NONE, why, unless="apple_id: Xcode's account"))
    return None


def _xcodes(words: list[str]) -> Found | None:
    if not words or words[0] not in ("install", "download", "update"):
        return None
    why = "downloads an Xcode from Apple, which wants an Apple ID"
    return Found("xcodes", Verdict(APPLE_ID, why, unless="none: that Xcode is installed already"))


_READERS: dict[str, Callable[[list[str]], Found | None]] = {
    "fastlane": _fastlane,
    "spaceauth": _spaceauth,
    "altool": _altool,
    "notarytool": _notarytool,
    "iTMSTransporter": _transporter,
    "curl": _curl,
    "xcodebuild": _xcodebuild,
    "xcodes": _xcodes,
    "xcversion": _xcodes,
}
