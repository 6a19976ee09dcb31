"""The phone numbers of an account, as Apple masks them, and choosing one by the number itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lane import CredentialError

from .errors import PhoneChoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Choose = Callable[[str, Sequence[str]], int]
    """Asks a person: a question and the choices, to the index of one. Only callers with a terminal have one."""

VARIABLE = "SPACESHIP_2FA_SMS_DEFAULT_PHONE_NUMBER"
_IGNORED = re.compile(r"[\s\u00a0\u200e\u202a-\u202e()\"-]")
_MASKED = re.compile(r"([0-9+]{2,4})(•+)([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Phone:
    """Where a code can be sent. `shown` is the number with dots in it; `mode` is the phone's own.

    `device`: a device of an account with the old two-step verification, whose ids are texts.
    """

    id: int | str
    shown: str
    mode: Literal["sms", "voice"] = "sms"
    non_fteu: bool | None = None
    device: bool = False


def phone_of(environment: Mapping[str, str]) -> str | None:
    """The number that the environment names. Raises CredentialError where the variable is set and empty."""
    if VARIABLE not in environment:
        return None
    number = environment[VARIABLE].strip()
    if not number:
        raise CredentialError(
            f"{VARIABLE} is set and empty.",
            hint="Set it to the whole number, as +49 123 4567885, or unset it.",
        )
    return number


def matches(number: str, masked: str) -> bool:
    """Whether a number may be the one that Apple shows as `+49 •••• •••••85` (apple-id-login.md, 5.2).

    Apple shows one or two dots too many at times.
    """
    number, masked = _IGNORED.sub("", number), _IGNORED.sub("", masked)
    found = _MASKED.fullmatch(masked)
    if not found:
        return number == masked
    begin, dots, end = found.groups()
    least, most = max(0, len(dots) - 2), len(dots)
    return bool(re.fullmatch(rf"{re.escape(begin)}[0-9]{{{least},{most}}}{end}", number))


def choose_phone(phones: Sequence[Phone], number: str | None, choose: Choose | None) -> Phone:
    """The phone that was named, else the only one, else the one that a person chooses.

    Raises PhoneChoiceError with Apple's numbers where that decides nothing.
    """
    if number is not None:
        return _named(phones, number)
    if len(phones) == 1:
        return phones[0]
    if choose is not None and phones:
        return phones[choose("Where should Apple send the code?", [phone.shown for phone in phones])]
    raise PhoneChoiceError(
        f"This Apple ID has several numbers, and none was named: {_list(phones)}.",
        tuple(phones),
        hint=f"Set {VARIABLE} to the whole number that should get the code.",
    )


def _named(phones: Sequence[Phone], number: str) -> Phone:
    fitting = [phone for phone in phones if matches(number, phone.shown)]
    if len(fitting) == 1 or (fitting and len({phone.shown for phone in fitting}) == 1):
        return fitting[0]
    what = "fits several of" if fitting else "fits none of"
    raise PhoneChoiceError(
        f"The number that was named ({_short(number)}) {what} this Apple ID's: {_list(phones)}.",
        tuple(phones),
        hint=f"Write the whole number with its country code, as +49 123 4567885, into {VARIABLE}.",
    )


def _list(phones: Sequence[Phone]) -> str:
    return ", ".join(phone.shown for phone in phones) or "it has none"


def _short(number: str) -> str:
    return f"…{number[-2:]}"
