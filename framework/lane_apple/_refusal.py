"""What Apple answers when it refuses, and the errors that a user meets then.

lane.ActionError
├── AppleError            Apple refused the request: its code and detail, and what to do
├── ProcessingError       Apple took the upload and then found it unfit
├── WaitedTooLongError    Apple is not done by the deadline
└── lane.TransientError
    ├── AppleBusyError    too many requests, or a fault of Apple's servers, after every retry
    ├── UnreachableError  no connection: nothing was sent
    └── LostAnswerError   sent, but no answer came: it may have been done
lane.CredentialError
├── KeyRefusedError       the key is wrong, revoked, expired or too weak, or this machine's clock is off
└── NotAllowedError       the Apple ID may not do this
lane.PersonNeededError
├── AgreementNeededError  the account holder has to sign an agreement
└── SessionDeadError      the session of the Apple ID is over: a person signs in again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lane import ActionError, CredentialError, LaneError, PersonNeededError, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

Who = Literal["key", "Apple ID"]
Face = Literal["app_store_connect", "developer_portal"]
FACES: dict[Face, str] = {
    "app_store_connect": "App Store Connect",
    "developer_portal": "the developer portal",
}


@dataclass(frozen=True, slots=True)
class AppleProblem:
    """One of Apple's errors. `about` is a JSON pointer, a parameter, or the path of another resource."""

    code: str
    text: str
    about: str | None = None

    def is_under(self, prefix: str) -> bool:
        """Whether the code is `prefix` or lies below it: codes are dotted paths."""
        return self.code == prefix or self.code.startswith(f"{prefix}.")

    def __str__(self) -> str:
        place = f" ({self.about})" if self.about else ""
        return f"{self.code}: {self.text}{place}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not a success. `who` is whom Apple refused."""

    method: str
    path: str
    status: int
    problems: tuple[AppleProblem, ...] = ()
    who: Who = "key"

    @property
    def where(self) -> str:
        """The request, for an error's `where`."""
        return f"{self.method} {self.path}"

    @property
    def code(self) -> str | None:
        """Apple's first code; only codes are stable, texts may change."""
        return self.problems[0].code if self.problems else None

    @property
    def text(self) -> str:
        """The status and all that Apple says."""
        said = "; ".join(map(str, self.problems))
        return f"{self.status} {said}" if said else f"{self.status} without a reason"


class AppleError(ActionError):
    """Apple refused a request. `refusal` holds its codes; `code` is the first of them."""

    def __init__(self, refusal: Refusal, message: str | None = None, *, hint: str | None = None) -> None:
        super().__init__(
            message or f"Apple refused this: {refusal.text}",
            hint=hint or _hint(refusal),
            where=refusal.where,
            code=refusal.code,
        )
        self.refusal = refusal

    @property
    def is_duplicate(self) -> bool:
        """Whether the thing is there already."""
        return self.refusal.status == 409 and any("DUPLICATE" in each.code for each in self.refusal.problems)


_BUDGETS: dict[Who, str] = {
    "key": "All who use a key share about 3,500 requests an hour. Wait, or use a key of your own.",
    "Apple ID": "Wait a while; to sign in again does not help, and may lock the account.",
}
_ADDRESSES: dict[Who, str] = {"key": "APP_STORE_CONNECT_URL", "Apple ID": "APPLE_WEB_URL"}


class AppleBusyError(TransientError):
    """Apple could not answer now. `retry_after` is how many seconds it asks to wait, where it says so."""

    code = "apple_busy"

    def __init__(self, refusal: Refusal, *, retry_after: float | None = None) -> None:
        if refusal.status == 429:
            asks = f" Apple asks to wait {retry_after:.0f} seconds." if retry_after else ""
            message = f"Too many requests with this {refusal.who}: {refusal.text.rstrip('.')}.{asks}"
            hint = _BUDGETS[refusal.who]
        elif refusal.status < 400:
            message = (
                f"Something between here and Apple answered with {refusal.status} and a page of its own."
            )
            hint = (
                f"A proxy or the sign-in page of a network? Check HTTPS_PROXY and {_ADDRESSES[refusal.who]}."
            )
        else:
            message = f"Apple's servers are in trouble: {refusal.text.rstrip('.')}."
            hint = "Try again later; https://developer.apple.com/system-status/ shows known faults."
        super().__init__(message, hint=hint, where=refusal.where)
        self.refusal = refusal
        self.retry_after = retry_after


class UnreachableError(TransientError):
    """No connection to a host came about: nothing was sent."""

    code = "unreachable"


class LostAnswerError(TransientError):
    """A request was sent and no answer came, so that it may have been carried out."""

    code = "lost_answer"


class KeyRefusedError(CredentialError):
    """Apple refused the key: wrong, revoked, expired or too weak, or this machine's clock is off."""

    code = "key_refused"

    def __init__(self, refusal: Refusal, message: str, *, hint: str, code: str | None = None) -> None:
        super().__init__(message, hint=hint, where=refusal.where, code=code)
        self.refusal = refusal


class NotAllowedError(CredentialError):
    """Apple lets the Apple ID in, and does not let it do this."""

    code = "not_allowed"

    def __init__(self, refusal: Refusal, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint, where=refusal.where)
        self.refusal = refusal


class SessionDeadError(PersonNeededError):
    """The session of an Apple ID is over, or was never good, at one of Apple's faces."""

    code = "session_dead"

    def __init__(self, face: Face, account: str, *, where: str | None = None) -> None:
        super().__init__(
            f"The session of {account} is over: {FACES[face]} asks to sign in.",
            hint="A person signs in: `lane auth login`. What waits for it goes on with `lane resume`.",
            where=where,
        )
        self.face = face
        self.account = account


class AgreementNeededError(PersonNeededError):
    """The account holder has to sign or renew an agreement before Apple answers."""

    code = "agreement_needed"


class ProcessingError(ActionError):
    """Apple processed the upload and found it unfit. `problems` holds its codes and descriptions."""

    code = "processing_failed"

    def __init__(self, message: str, problems: tuple[AppleProblem, ...], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class WaitedTooLongError(ActionError):
    """Apple is still at work when the time for waiting is up."""

    code = "waited_too_long"


def problems_of(body: object) -> tuple[AppleProblem, ...]:
    """Apple's errors in the body of an answer, with those that it tucks away under `associatedErrors`."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return tuple(_problems(errors)) if isinstance(errors, list) else ()


def _problems(errors: list[Any], about: str | None = None) -> Iterator[AppleProblem]:
    for error in errors:
        if not isinstance(error, dict):
            continue
        source = error.get("source") or {}
        place = source.get("pointer") or source.get("parameter") if isinstance(source, dict) else None
        text = error.get("detail") or error.get("title") or "no detail"
        where = " ".join(part for part in (about, place) if part) or None
        yield AppleProblem(str(error.get("code") or error.get("status") or "UNKNOWN"), str(text), where)
        meta = error.get("meta")
        associated = meta.get("associatedErrors") if isinstance(meta, dict) else None
        if isinstance(associated, dict):
            for path, inner in associated.items():
                yield from _problems(inner if isinstance(inner, list) else [], path)


_AGREEMENTS = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"

# Apple's code, or the first parts of it, to what a person can do about it.
_HINTS = (
    (
        "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
        "It is there already. A build needs a number that was never used.",
    ),
    ("ENTITY_ERROR.ATTRIBUTE", "The attribute that is named has a value that Apple does not take."),
    ("ENTITY_ERROR.RELATIONSHIP", "What it should belong to does not exist, or cannot be joined to it."),
    (
        "STATE_ERROR",
        "Something else is in the way: finish or cancel what is under way in App Store Connect first.",
    ),
    ("NOT_FOUND", "It does not exist, or the {who} has no access to its app."),
    ("PARAMETER_ERROR", "This client asked for something that Apple does not know: please report it."),
    ("PATH_ERROR", "There is no such path: please report it, or check {address}."),
)


def _hint(refusal: Refusal) -> str | None:
    """What to do, by the first of Apple's codes that is known; a longer prefix stands before a shorter."""
    for problem in refusal.problems:
        for prefix, hint in _HINTS:
            if problem.is_under(prefix):
                return hint.format(who=refusal.who, address=_ADDRESSES[refusal.who])
    return None


def agreement_needed(refusal: Refusal) -> AgreementNeededError | None:
    """The error, where Apple's code says that an agreement is missing."""
    if not any(problem.is_under(_AGREEMENTS) for problem in refusal.problems):
        return None
    return AgreementNeededError(
        f"An agreement has to be signed first: {refusal.text}",
        hint="The account holder signs it at https://appstoreconnect.apple.com/agreements.",
        where=refusal.where,
    )


def error_of(refusal: Refusal, *, retry_after: float | None = None) -> LaneError:
    """The error for an answer that is no matter of who asks."""
    if refusal.status in {408, 429} or refusal.status >= 500 or refusal.status < 400:
        return AppleBusyError(refusal, retry_after=retry_after)
    return AppleError(refusal)
