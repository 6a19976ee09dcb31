"""What an answer of Apple's sign-in means when it is not the one that was hoped for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import (
    AccountLockedError,
    AcknowledgementNeededError,
    AppSpecificPasswordError,
    CannotSignInNowError,
    LateCodeError,
    NoAccessError,
    PasswordProofNeededError,
    RegionBlockedError,
    SignInBlockedError,
    SignInLimitError,
    TooManyCodesError,
    UnknownAppleIdError,
    WrongCodeError,
    WrongPasswordError,
)

if TYPE_CHECKING:
    from lane import LaneError

    from .wire import Reply

WRONG_PASSWORD, WRONG_CODE, TOO_MANY_CODES = "-20101", "-21669", "-28248"
_UNKNOWN_ACCOUNT = (WRONG_PASSWORD, 403)  # 401 is the password, 403 the account (apple-id-login.md, 4.6)
USUAL_WAIT = 60.0
"""Seconds that a 429 without Retry-After means (apple-id-login.md, 10)."""

_CODE_STEPS = frozenset({"code_options", "code_request", "code", "trust"})
_AFTER_SIGN_IN = frozenset({"session", "team", "developer_portal"})
_ACCOUNT = "https://account.apple.com"

# Apple's code, to the error, what happened, and what to do. The codes are stable, the texts are not.
_KNOWN: dict[str, tuple[type[LaneError], str, str]] = {
    WRONG_PASSWORD: (
        WrongPasswordError,
        "Apple refused the password of this Apple ID.",
        (
            f"Try it at {_ACCOUNT}. Several wrong passwords lock the account: is an old one in FASTLANE_PASSWORD,"
            " or in the keychain?"
        ),
    ),
    "-20283": (
        AppSpecificPasswordError,
        "This is an app-specific password; the sign-in takes only the password of the Apple ID itself.",
        (
            "Give the Apple ID's own password. App-specific ones are for uploads and notarization:"
            " FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD."
        ),
    ),
    "-20209": (
        AccountLockedError,
        "Apple locked this Apple ID.",
        "Unlock it at https://iforgot.apple.com, then sign in again. Stop all jobs that use its password first.",
    ),
    "-36607": (
        CannotSignInNowError,
        "Apple does not let this Apple ID sign in now.",
        "Try again in an hour; https://developer.apple.com/system-status/ shows known faults.",
    ),
    "-1018": (
        CannotSignInNowError,
        "Apple's sign-in does not answer now.",
        "Try again in an hour; https://developer.apple.com/system-status/ shows known faults.",
    ),
    "-22421": (
        CannotSignInNowError,
        "Apple asks to try the sign-in again later.",
        "Try again in an hour. If it stays so, sign in once with a browser from this network.",
    ),
    WRONG_CODE: (
        WrongCodeError,
        "Apple refused the code.",
        "Sign in again with `lane auth login`; the newest code counts.",
    ),
    TOO_MANY_CODES: (
        TooManyCodesError,
        "Apple sends no more codes to this number for now.",
        (
            "Wait some hours before the next sign-in. A trusted device, or a second number"
            f" ({_ACCOUNT}), is another way."
        ),
    ),
}


def refusal_of(reply: Reply) -> LaneError:
    """The error for an answer that is none of the step's own; SignInChangedError where it is not known."""
    for problem in reply.problems:
        if problem.code in _KNOWN and (problem.code, reply.status) != _UNKNOWN_ACCOUNT:
            kind, message, hint = _KNOWN[problem.code]
            return kind(f"{message} It says: {problem.text} ({problem.code})", hint=hint, where=reply.where)
    return _by_status(reply) or reply.changed(_unknown(reply))


def app_specific(reply: Reply) -> LaneError:
    """The refusal of a password that has the form of an app-specific one, whatever Apple calls it."""
    kind, message, hint = _KNOWN["-20283"]
    return kind(f"{message} It says: {_said(reply)}", hint=hint, where=reply.where)


def _by_status(reply: Reply) -> LaneError | None:
    if reply.status == 429:
        return _limited(reply)
    if reply.status == 503 and (reply.is_html or reply.step not in _AFTER_SIGN_IN):
        return SignInBlockedError(
            f"Apple refused this network ({reply.title}).",
            hint="The account is fine, the address is not: providers of CI are often blocked, and so is who signs"
            " in too often. Wait, sign in from another network, and carry the session here.",
            where=reply.where,
        )
    if reply.status == 451 or (reply.status == 403 and reply.is_html):
        return RegionBlockedError(
            f"Apple refused this country or address ({reply.title}).",
            hint="Sign in from a network of the country where the account lives, without VPN or proxy.",
            where=reply.where,
        )
    if reply.status == 412:
        return _acknowledgement(reply)
    if reply.step == "srp_complete":
        return _at_password(reply)
    if reply.step in _CODE_STEPS and reply.status == 401:
        return LateCodeError(
            "Apple had given up this sign-in before it was complete: the code came too late.",
            hint="Sign in again with `lane auth login`, and give the code within a few minutes.",
            where=reply.where,
        )
    if reply.status >= 500:
        whose = "Apple's service" if reply.step in _AFTER_SIGN_IN else "Apple's sign-in"
        return CannotSignInNowError(
            f"{whose} is in trouble ({reply.title}).",
            hint="Try again in an hour; https://developer.apple.com/system-status/ shows known faults.",
            where=reply.where,
        )
    return None


def _at_password(reply: Reply) -> LaneError | None:
    """What only the answer to the password can mean."""
    if "X-Apple-EDP" in reply.headers or "X-Apple-PDP" in reply.headers:
        return PasswordProofNeededError(
            "Apple wants a second proof of the password, which only its own page can give.",
            hint="Sign in once with a browser on this machine, then try again. An API key avoids it.",
            where=reply.where,
        )
    if "itctx" in reply.cookie_names:
        return no_access(reply)
    if reply.status == 403:
        return UnknownAppleIdError(
            f"Apple does not know this Apple ID. It says: {_said(reply)}",
            hint=f"Check its spelling (FASTLANE_USER), and whether {_ACCOUNT} takes it.",
            where=reply.where,
        )
    if reply.status == 401 or b'invalid="true"' in reply.body:
        return WrongPasswordError(
            f"Apple refused this Apple ID or its password. It says: {_said(reply)}",
            hint=_KNOWN[WRONG_PASSWORD][2],
            where=reply.where,
        )
    return None


def no_access(reply: Reply) -> LaneError:
    """That the Apple ID is fine, and App Store Connect does not let it in."""
    return NoAccessError(
        "This Apple ID is in no team of App Store Connect.",
        hint="Have it invited under Users and Access, and accept the invitation that comes by mail.",
        where=reply.where,
    )


def _limited(reply: Reply) -> LaneError:
    wait = USUAL_WAIT if reply.retry_after is None else reply.retry_after
    return SignInLimitError(
        f"Too many requests to Apple's sign-in; it asks to wait {wait:.0f} seconds.",
        retry_after=wait,
        hint="Keep one session and share it between jobs: successful sign-ins are limited, too.",
        where=reply.where,
    )


def _acknowledgement(reply: Reply) -> LaneError:
    kind = str(reply.fields.get("authType", ""))
    upgrade = kind in {"sa", "non-sa", "hsa"}
    what = (
        "wants this account to take up two-factor authentication, or to answer something"
        if upgrade
        else "wants something acknowledged (terms, a privacy statement) or a better password"
    )
    return AcknowledgementNeededError(
        f"Apple {what} before anyone can sign in.",
        hint=f"Sign in with a browser at {_ACCOUNT} and at https://appstoreconnect.apple.com, answer what is"
        " asked there, then try again.",
        where=reply.where,
    )


def _said(reply: Reply) -> str:
    said = "; ".join(map(str, reply.problems))
    return said or f"status {reply.status}, no reason"


def _unknown(reply: Reply) -> str:
    if reply.is_html:
        return f"Apple answered with a page ({reply.title}) where JSON was expected."
    return f"Apple answered what is not known here: {_said(reply)}."
