"""What the developer portal answers: its envelope, and the errors in it."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from lane import ActionError
from lane_apple._door_web import is_sign_in
from lane_apple._refusal import (
    AgreementNeededError,
    AppleError,
    AppleProblem,
    NotAllowedError,
    Refusal,
    SessionDeadError,
    agreement_needed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import requests

    from lane import LaneError
    from lane_apple._web_session import WebSession

    from .push import PushCertificate

_SESSION_OVER, _TAKEN = 1100, 9401  # private-endpoints.md, 1.2

_TAKEN_HINT = "Choose another identifier. One of your own may belong to another of your teams."
_MANY_HINT = "Revoke one that is not needed any more; what uses it stops working then."


class PortalError(AppleError):
    """The developer portal refused a request. `result_code` is its number, `code` its key where it has one."""

    def __init__(self, refusal: Refusal, result_code: int, *, hint: str | None = None) -> None:
        said = "; ".join(problem.text for problem in refusal.problems)
        super().__init__(refusal, f"The developer portal refused this: {said} ({result_code})", hint=hint)
        self.result_code = result_code


class IdentifierTakenError(PortalError):
    """The identifier is registered already, by this team or by any other."""

    def __init__(self, refusal: Refusal, result_code: int) -> None:
        super().__init__(refusal, result_code, hint=_TAKEN_HINT)
        self.code = "identifier_taken"


class TooManyCertificatesError(PortalError):
    """There are as many certificates of this type as Apple allows: `certificates`, the one that expires last first."""

    def __init__(
        self,
        refusal: Refusal,
        result_code: int,
        *,
        hint: str | None = None,
        certificates: Sequence[PushCertificate] = (),
    ) -> None:
        super().__init__(refusal, result_code, hint=hint or _MANY_HINT)
        self.code = "too_many_certificates"
        self.certificates = tuple(certificates)


def envelope_of(response: requests.Response) -> Mapping[str, Any] | None:
    """The envelope, or None where an answer is something else: a file, a page."""
    if response.content.lstrip()[:1] != b"{":
        return None
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and "resultCode" in body else None


def refused(refusal: Refusal, response: requests.Response, web: WebSession) -> LaneError | None:
    """The error in an answer; None for a success, and for trouble that has nothing to do with what was asked."""
    if refusal.status == 401 or is_sign_in(response):
        return SessionDeadError("developer_portal", web.masked_account, where=refusal.where)
    envelope = envelope_of(response)
    code = _number(envelope.get("resultCode")) if envelope else 0
    if envelope and code != 0:
        return _error(refusal, code, envelope, web)
    if refusal.status == 403:
        return agreement_needed(refusal) or _not_allowed(refusal, refusal.text, web)
    return None


def entries_of(response: requests.Response, refusal: Refusal, key: str) -> list[Mapping[str, Any]]:
    """What an envelope holds: a list of entries, or the only one. Raises ActionError where it does not."""
    found = (envelope_of(response) or {}).get(key)
    entries: list[Any] = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) for entry in entries):
        raise ActionError(
            f"The developer portal's answer has no {key}.",
            where=refusal.where,
            code="unexpected_answer",
            hint="Apple may have changed the portal: please report it.",
        )
    return entries


def part_of(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What is nested in an entry; nothing where it is missing."""
    part = entry.get(name)
    return part if isinstance(part, dict) else {}


def _error(refusal: Refusal, code: int, envelope: Mapping[str, Any], web: WebSession) -> LaneError:
    key = str(envelope.get("resultString") or code)
    texts = [envelope.get("userString") or envelope.get("resultString") or "no reason given"]
    texts += [
        each["validationUserMessage"]
        for each in envelope.get("validationMessages") or ()
        if isinstance(each, dict) and each.get("validationUserMessage")
    ]
    text = "; ".join(dict.fromkeys(html.unescape(str(each)) for each in texts))
    refusal = Refusal(refusal.method, refusal.path, refusal.status, (AppleProblem(key, text),), refusal.who)
    if code == _SESSION_OVER or key == "authentication.failed":
        return SessionDeadError("developer_portal", web.masked_account, where=refusal.where)
    if "Program License Agreement" in text:
        return AgreementNeededError(
            f"An agreement has to be accepted first: {text}",
            hint="The account holder accepts it at https://developer.apple.com/account.",
            where=refusal.where,
        )
    if "NotAllowed" in key or "Access Unavailable" in text:
        return _not_allowed(refusal, f"{text} ({code})", web)
    if code == _TAKEN:
        return IdentifierTakenError(refusal, code)
    if "You already have a current" in text:
        return TooManyCertificatesError(refusal, code)
    return PortalError(refusal, code)


def _not_allowed(refusal: Refusal, text: str, web: WebSession) -> NotAllowedError:
    return NotAllowedError(
        refusal,
        f"The developer portal does not let {web.masked_account} do this: {text}",
        hint="Its role in this team is too weak (ADMIN can do all), or this is the wrong team: FASTLANE_TEAM_ID"
        " names another.",
    )


def _number(value: object) -> int:
    """A result code; one that is no number is none of those that are known."""
    return int(value) if isinstance(value, int | str) and str(value).lstrip("-").isdecimal() else -1
