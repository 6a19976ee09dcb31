"""Bad days on order: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lane_sandbox._store import Record

Kind = Literal[
    "rate_limit",
    "error",
    "unauthorized",
    "reset",
    "slow",
    "truncated",
    "lost",
    "stuck",
    "rejected",
    "invalid",
    "signed_out",
    "locked",
    "acknowledgement",
    "app_specific",
    "no_push",
    "code_conflict",
    "too_many_codes",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
BY_REQUEST = frozenset({"rate_limit", "error", "unauthorized", "reset", "slow", "truncated", "lost"})
STATUSES = (404, 500, 502, 503, 504)
BODIES = ("json", "html")
FACES = ("app_store_connect", "developer_portal")


class FaultError(ValueError):
    """A fault is described wrongly; the message says which, and what would be right."""


@dataclass(slots=True)
class Fault:
    """One fault, armed.

    For requests whose method and path fit: `rate_limit` (429), `error` (500 and the like, or 404), `unauthorized`
    (401), `reset` (the connection breaks at once), `slow` (the answer takes `seconds`), `truncated` (half of the
    answer comes), `lost` (done, but no answer comes). For resources whose path fits: `stuck` (the clock does
    not move it on, for `seconds` or for ever), `rejected` (by review), `invalid` (a build, after processing).
    For accounts whose address fits: `signed_out` (a session dies at its next use, at one `face` or at whichever is
    used), `locked` (at the next sign-in, for good), `acknowledgement` (412: something must be agreed to first),
    `app_specific` (a wrong password is called an app-specific one), `no_push` (no code comes by itself),
    `code_conflict` (a right code is answered with 409), `too_many_codes` (no more codes can be sent, with 500).
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    """A pattern: `*` stands for anything, slashes too."""
    account: str = "*"
    """A pattern of the e-mail address, for what happens to accounts."""
    face: str | None = None
    """`app_store_connect` or `developer_portal`; None: either."""
    count: int | None = 1
    """How often; None: always."""
    after: int = 0
    """How many that fit pass first."""
    chance: float = 1.0
    """How probable it is, each time; what passes by chance does not count."""
    status: int = 500
    body: str = "json"
    retry_after: float | None = None
    """Seconds, for the header Retry-After; None: no such header."""
    seconds: float | None = None

    def fits(self, method: str, path: str) -> bool:
        """Whether it is meant for such a request, or for a resource at this path."""
        return self.method in {"*", method} and fnmatchcase(path, self.path)

    def fits_account(self, email: str, face: str | None) -> bool:
        """Whether it is meant for such an account, at such a face."""
        return fnmatchcase(email.lower(), self.account.lower()) and self.face in {None, face}

    def as_document(self) -> dict[str, Any]:
        """What is left of it, as it is written."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


class Faults:
    """The armed faults of one sandbox; the first that fits is used. Safe for threads."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._armed = list(faults)
        self._random = random.Random(seed)  # noqa: S311 - a rehearsal must be repeatable

    def arm(self, faults: Iterable[Fault]) -> None:
        """Add faults behind those that are armed."""
        with self._lock:
            self._armed += faults

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[dict[str, Any]]:
        """What is armed still, as documents."""
        with self._lock:
            return [each.as_document() for each in self._armed]

    def for_request(self, method: str, path: str) -> Fault | None:
        """The fault of this request, used up by one; None: all goes well."""
        return self._take(BY_REQUEST, lambda fault: fault.fits(method, path))

    def for_account(self, kind: Kind, email: str, face: str | None = None) -> bool:
        """Whether something happens to an account now; the fault is used up by one."""
        return self._take({kind}, lambda fault: fault.fits_account(email, face)) is not None

    def stuck(self, record: Record) -> float | None:
        """By how many seconds a resource's next event is put off; None: for ever."""
        found = self._take({"stuck"}, lambda fault: fault.fits("*", f"/v1/{record.type}/{record.id}"))
        return 0.0 if found is None else found.seconds

    def strikes(self, kind: Kind, record: Record) -> bool:
        """Whether a resource is to be `rejected` or `invalid`."""
        path = f"/v1/{record.type}/{record.id}"
        return self._take({kind}, lambda fault: fault.fits("*", path)) is not None

    def _take(self, kinds: Iterable[str], fits: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for fault in self._armed:
                if fault.kind not in kinds or not fits(fault):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.chance < 1.0 and self._random.random() >= fault.chance:
                    continue
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0:
            self._armed.remove(fault)


def faults_of(document: Any) -> list[Fault]:
    """The faults that a document describes: a list, or an object with the member `faults`.

    Raises FaultError for the first that is wrong, with its place.
    """
    entries = document.get("faults") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise FaultError("faults are a list, or an object whose member 'faults' is one")
    return [_fault(f"fault {number}", entry) for number, entry in enumerate(entries, start=1)]


def _fault(where: str, entry: Any) -> Fault:
    if not isinstance(entry, dict):
        raise FaultError(
            f"{where}: must be an object such as {{kind: rate_limit, path: /v1/builds*, count: 3}}"
        )
    known = [each.name for each in fields(Fault)]
    for name in entry:
        if name not in known:
            raise FaultError(f"{where}: '{name}' is not known; use {', '.join(known)}")
    kind = entry.get("kind")
    if kind not in KINDS:
        raise FaultError(f"{where}: kind {kind!r} is not known; use {', '.join(KINDS)}")
    values = {name: _value(where, name, value) for name, value in entry.items()}
    fault = Fault(**values)
    if fault.kind == "slow" and fault.seconds is None:
        raise FaultError(f"{where}: a slow answer needs 'seconds'")
    return fault


def _value(where: str, name: str, value: Any) -> Any:
    for _, right in _RULES[name]:
        if right(value):
            return value.upper() if name == "method" else value
    wanted = " or ".join(wanted for wanted, _ in _RULES[name])
    raise FaultError(f"{where}: {name} must be {wanted}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value)


_TEXT = [("a text", lambda value: isinstance(value, str) and bool(value))]
_NULL: tuple[str, Any] = ("null", lambda value: value is None)
_RULES: Mapping[str, list[tuple[str, Any]]] = {
    "kind": _TEXT,
    "method": _TEXT,
    "path": _TEXT,
    "account": _TEXT,
    "face": [(f"one of {', '.join(FACES)}", lambda value: value in FACES), _NULL],
    "count": [("a number from 1", lambda value: _is_count(value) and value > 0), _NULL],
    "after": [("a number from 0", _is_count)],
    "chance": [("from 0 to 1", lambda value: _is_number(value) and value <= 1)],
    "status": [(f"one of {', '.join(map(str, STATUSES))}", lambda value: value in STATUSES)],
    "body": [("json or html", lambda value: value in BODIES)],
    "retry_after": [("a number of seconds", _is_number), _NULL],
    "seconds": [("a number of seconds", _is_number), _NULL],
}
