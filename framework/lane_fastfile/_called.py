"""Whether a fastlane command in a CI file would stop there: by the Fastfile that it means."""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from lane import UsageError
from lane_apple import CiVerdict

from ._auth.commands import read_command
from ._auth.decide import Given, Question, decide
from ._auth.modes import API_KEY, APPLE_ID, PASSWORD, UNKNOWN
from ._build import audit_file
from ._catalogue.catalogue import catalogue
from ._ci import ASKS, Stop
from ._search import DEFAULTS
from ._walk.values import GAP, Known, Table, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lane import CiCall

    from ._audit import AuditedLane, FileAudit
    from ._auth.commands import Found
    from ._ci import StopKind

_LIKELY = re.compile(
    r"(?=.*(ASC|CONNECT|APPLE|APPSTORE|APP_STORE|SPACESHIP)).*(KEY(?!CHAIN)|P8).*"
)  # a key, loaded by hand
_PASSWORDS = frozenset({"FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD"})
_SESSIONS = ("FASTLANE_SESSION", "SPACESHIP_SESSION")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_UNLOCKS = re.compile(r"security\s+(unlock|create)-keychain|import-codesign-certs")
_HOSTED = ("github", "circleci")  # systems whose machines with macOS come from the system itself, as a rule
_OPEN = re.compile(r"\$|\{\{|<<|`")
_MOST = 3
_KINDS: dict[str, tuple[StopKind, str]] = {
    APPLE_ID: ("sign_in", "signs in with an Apple ID: it waits for a six-digit code"),
    API_KEY: ("key", ASKS),
    PASSWORD: ("password", ASKS),
}


def called(call: CiCall, root: Path) -> CiVerdict:
    """The verdict on a command of fastlane: what of its lane, or tool, would wait for a person."""
    words = [_known(word) for word in call.words]
    found = read_command(["fastlane", *words])
    if not found and words[:1] == ["run"] and len(words) > 1:
        return CiVerdict(
            None, "unknown", (f"{words[1]} is no action of fastlane's own: what it needs is not known.",)
        )
    if not found:
        return CiVerdict(None, "runs", ("It asks Apple for nothing.",))
    one = found[0]
    if one.lane is None:
        return _of_tool(one, call)
    if call.folder is None:
        return CiVerdict(None, "unknown", ("The folder in which it runs is only known when it runs.",))
    path = _fastfile(root / call.folder)
    title = " ".join(filter(None, one.lane))
    if path is None:
        where = call.folder or "the root of the repository"
        return CiVerdict(
            title, "unknown", (f"There is no Fastfile in {where}: looked for {', '.join(DEFAULTS)}.",)
        )
    try:
        audit = _audited(path, _options(words))
    except UsageError as error:
        return CiVerdict(title, "unknown", (str(error),))
    return _of_lane(one.lane, audit, call, root)


@lru_cache(maxsize=64)
def _audited(path: Path, options: tuple[tuple[str, str], ...]) -> FileAudit:
    values = {name: Unknown() if GAP in text else Known(_BOOLEANS.get(text, text)) for name, text in options}
    return audit_file(path, Table(dict(values), open=GAP in values))


def _known(word: str) -> str:
    """A word, or of an option its name, where the rest is only known when it runs."""
    if not _OPEN.search(word):
        return word
    name = re.match(r"\w+:", word)
    return f"{name[0]}{GAP}" if name is not None else GAP


def _options(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What a command gives its lane: `upload:true`. A word that is not known may be any option."""
    found = dict.fromkeys((GAP, GAP) for word in words if word == GAP)
    pairs = (word.partition(":") for word in words if not word.startswith("-"))
    return (*found, *dict.fromkeys((name, text) for name, colon, text in pairs if colon))


def _fastfile(folder: Path) -> Path | None:
    """The Fastfile that fastlane would take in a folder."""
    return next((path for name in DEFAULTS if (path := folder / name).is_file()), None)


def _of_lane(named: tuple[str | None, str], audit: FileAudit, call: CiCall, root: Path) -> CiVerdict:
    lanes = _lanes(named, audit)
    title = " ".join(filter(None, named))
    shown = os.path.relpath(audit.file, root)
    if not lanes:
        return CiVerdict(title, "unknown", (f"{shown} has no lane {title}.",))
    unlocked = _unlocks(call, root)
    lane = max(lanes, key=lambda one: len(_against(one.stops, call, unlocked=unlocked)))
    stops = _against(lane.stops, call, unlocked=unlocked)
    if stops or lane.stops:
        return _verdict(title, stops, lane.stops, call, root, [one.message for one in audit.missing])
    if UNKNOWN in {lane.auth, lane.auth_with_hooks}:
        return CiVerdict(
            title, "unknown", (f"{shown} does not tell what {title} calls.",), (f"{shown}:{lane.line}",)
        )
    return CiVerdict(title, "runs", (), (f"{shown}:{lane.line}",))


def _lanes(named: tuple[str | None, str], audit: FileAudit) -> list[AuditedLane]:
    """The lanes that a command can mean: without a platform, any may be the usual one."""
    platform, name = named
    public = [lane for lane in audit.lanes if lane.name == name and not lane.private]
    if platform is None:
        return [lane for lane in public if lane.platform is None] or public
    return [lane for lane in public if lane.platform == platform] or [
        lane for lane in public if lane.platform is None
    ]


def _of_tool(found: Found, call: CiCall) -> CiVerdict:
    """The verdict on a tool of fastlane, or on one action."""
    verdict = found.verdict
    action = catalogue().find(found.action or "")
    if verdict is None and action is not None:
        options = found.options.values
        asked = Question(lambda name, _: Given(options.get(name), "the command"), has_key=_has_key(call))
        verdict = decide(action, asked)
    if verdict is None:
        return CiVerdict(found.tool, "runs")
    if verdict.auth == UNKNOWN:
        return CiVerdict(found.tool, "unknown", (f"{verdict.why[:1].upper()}{verdict.why[1:]}.",))
    if verdict.auth not in _KINDS:
        return CiVerdict(found.tool, "runs")
    kind, what = _KINDS[verdict.auth]
    stop = Stop(kind, found.tool, call.path, call.line, what)
    return _verdict(found.tool, _against((stop,), call), (stop,), call, None)


def _unlocks(call: CiCall, root: Path) -> bool:
    """Whether a CI file unlocks a keychain by itself."""
    if "MATCH_KEYCHAIN_PASSWORD" in call.variables:
        return True
    return any(_UNLOCKS.search(_text(root / path)) for path in {call.file, call.path})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _against(stops: Sequence[Stop], call: CiCall, *, unlocked: bool = False) -> list[Stop]:
    """The stops that the variables of a command do not spare; a session counts apart."""
    key, password = _has_key(call), not _PASSWORDS.isdisjoint(call.variables)
    spared = {"key", "doubt"} if key else set[str]()
    spared |= {"password"} if key or password else set()
    spared |= {"doubt"} if any(map(_LIKELY.fullmatch, call.variables)) else set()
    spared |= {"keychain"} if unlocked else set()
    return [stop for stop in stops if stop.kind not in spared]


def _has_key(call: CiCall) -> bool:
    """Whether a variable gives a key to any action, without one of them loading it."""
    return any(name in _key_variables() or name.endswith("_API_KEY_PATH") for name in call.variables)


@cache
def _key_variables() -> frozenset[str]:
    """The variables of the options `api_key` and `api_key_path`."""
    found = (catalogue().find(name) for name in catalogue().all_names())
    options = [action.options or {} for action in found if action is not None]
    keys = [one[name] for one in options for name in ("api_key", "api_key_path") if name in one]
    return frozenset(variable for key in keys for variable in key.env)


def _verdict(
    title: str,
    left: Sequence[Stop],
    stops: Sequence[Stop],
    call: CiCall,
    root: Path | None,
    elsewhere: Sequence[str] = (),
) -> CiVerdict:
    """What is left to stop at; where a session is at hand, it carries what signs in. A key may be loaded elsewhere."""
    session = next((name for name in _SESSIONS if name in call.variables), None)
    signing = [stop for stop in left if stop.kind not in {"asks", "keychain"}]
    hard = [stop for stop in left if stop not in signing] if session else list(left)
    lines = tuple(dict.fromkeys(_line(stop, root) for stop in left or stops))
    open_ = _open(hard, call, elsewhere)
    if hard and open_ is not None and not any(_is_sure(stop, call) for stop in hard):
        return CiVerdict(title, "unknown", (*_told(hard, call, root), open_), lines)
    if hard:
        return CiVerdict(title, "stops", tuple(_told(hard, call, root)), lines)
    if signing:
        said = _listed([f"{stop.call} ({_line(stop, root)})" for stop in signing])
        why = f"{said}: by the session in {session}. It works until that ends, hours to days; then it waits for a code."
        return CiVerdict(title, "session", (why,), lines)
    return CiVerdict(title, "runs", (), lines)


def _is_sure(stop: Stop, call: CiCall) -> bool:
    """Whether a stop is one whatever a CI system gives its jobs besides what its file says."""
    return stop.always and (stop.kind != "keychain" or call.system in _HOSTED)


def _open(hard: Sequence[Stop], call: CiCall, elsewhere: Sequence[str]) -> str | None:
    """Why it is not known whether a key is there; None where nothing speaks for one."""
    if elsewhere:
        return f"What would load one may be elsewhere: {elsewhere[0]}."
    if all(stop.kind == "doubt" for stop in hard):
        return "Whether one is loaded is only known when it runs."
    if call.system != "github":
        return "What the CI system and its machines give their jobs is in no file, so this is not known."
    return None


def _told(stops: Sequence[Stop], call: CiCall, root: Path | None) -> Iterator[str]:
    """Each thing that stops once, with the calls that it stops at."""
    found: dict[str, list[str]] = {}
    for stop in stops:
        found.setdefault(stop.what, []).append(f"{stop.call} ({_line(stop, root)})")
    for what, calls in found.items():
        each = ": each" if len(calls) > 1 else ""
        yield f"{_listed(calls)}{each} {what}."
    if any(stop.kind in {"key", "password"} for stop in stops):
        parts = [name for name in sorted(call.variables) if _LIKELY.fullmatch(name)]
        if parts:
            yield f"Nothing makes a key of {_listed(parts)}: call app_store_connect_api_key first."
        else:
            yield "As far as the file and the Fastfile say, it is given none."
    if any(name in call.variables for name in ("FASTLANE_PASSWORD", "DELIVER_PASSWORD")):
        yield "A password is handed to it: where no trust of 30 days is kept, Apple asks for a code all the same."


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _MOST
    shown = [*words[:_MOST], f"{more} more"] if more > 0 else list(words)
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _line(stop: Stop, root: Path | None) -> str:
    path = stop.file if root is None else os.path.relpath(stop.file, root)
    return f"{path}:{stop.line}"
