"""The second factor: which way a code comes, asking for it, giving it, trusting this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from lane import Secret
from lane_apple._codes.question import CodeQuestion, Resend

from .errors import NoWayForCodeError, PhoneChoiceError, TooManyCodesError, WrongCodeError
from .options import check_locked, read_options, too_many_sent
from .outcome import TOO_MANY_CODES, WRONG_CODE, refusal_of
from .phones import choose_phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane_apple._codes.question import Answer, Way

    from .idmsa import Idmsa
    from .options import Options
    from .phones import Choose, Phone
    from .wire import Reply

MOST_WRONG, MOST_RESENT = 3, 3
"""How often a code may be wrong, and asked for anew, before Apple might lock the account."""
_SECRET_LENGTH = 6  # digits; four would mask years and ports in every log


@dataclass(frozen=True, slots=True)
class Route:
    """How a code comes. `phone` None: to the trusted devices."""

    phone: Phone | None = None

    @property
    def way(self) -> Way:
        """In the words of CodeQuestion."""
        return "trusted_device" if self.phone is None else self.phone.mode

    def __str__(self) -> str:
        if self.phone is None:
            return "to the trusted devices"
        if self.phone.device:
            return f"to {self.phone.shown}"
        return f"by {'a call' if self.phone.mode == 'voice' else 'SMS'} to {self.phone.shown}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked. `number` is the phone that was named; `say` gets lines for people."""

    account: str
    ask: Callable[[CodeQuestion], Answer]
    number: str | None
    choose: Choose | None
    say: Callable[[str], None]


def pass_second_factor(idmsa: Idmsa, person: Person, since: float, clock: Callable[[], float]) -> None:
    """Get a code, give it, and have Apple trust this machine. `since`: before Apple could have sent one.

    Raises WrongCodeError, TooManyCodesError, LateCodeError, PhoneChoiceError, NoWayForCodeError,
    SecurityKeyNeededError, and whatever `ask` raises.
    """
    options = read_options(idmsa)
    route = _first_route(options, person)
    if options.sent_to is None or route.phone != options.sent_to:
        since = since if route.phone is None else clock()
        request(idmsa, route)
    person.say(f"Apple sends a code {route}.")
    wrong = resent = 0
    again = False
    while wrong < MOST_WRONG:
        question = CodeQuestion(
            person.account,
            options.length,
            route.way,
            route.phone.shown if route.phone else None,
            since,
            attempt=wrong + 1,
            resent=again,
            ways=_ways(options),
        )
        answer = person.ask(question)
        again = isinstance(answer, Resend)
        if isinstance(answer, Resend):
            resent += 1
            since = clock()
            route = _another_route(route, answer, options, person, resent)
            request(idmsa, route)
            person.say(f"Apple sends another code {route}.")
        elif give(idmsa, route, answer, options.length):
            _trust(idmsa)
            return
        else:
            wrong += 1
            person.say(f"That is not the code ({wrong} of {MOST_WRONG}).")
    raise WrongCodeError(
        f"{MOST_WRONG} codes were given, and Apple took none of them.",
        hint="Sign in again with `lane auth login`; the newest code counts. More tries can lock the account.",
    )


def request(idmsa: Idmsa, route: Route) -> None:
    """Have Apple send a code. Raises TooManyCodesError, PhoneChoiceError and the errors of `outcome`."""
    phone = route.phone
    if phone is None:
        # It may have been pushed by itself, and then Apple may refuse this: no harm (apple-id-login.md, 5.3).
        idmsa.call("code_request", "PUT", "/verify/trusteddevice/securitycode")
        return
    if phone.device:
        reply = idmsa.call(
            "code_request", "PUT", f"/verify/device/{quote(str(phone.id), safe='')}/securitycode"
        )
    else:
        reply = idmsa.call("code_request", "PUT", "/verify/phone", _of(phone))
    if reply.status == 412:
        raise PhoneChoiceError(
            f"Apple does not take {phone.shown} any more.",
            (phone,),
            hint="Look at the numbers of the account: https://account.apple.com.",
        )
    if too_many_sent(reply) or any(problem.code == TOO_MANY_CODES for problem in reply.problems):
        raise TooManyCodesError(
            f"Apple sends no more codes to {phone.shown} for now.",
            hint="Wait some hours. A trusted device, or a second number (https://account.apple.com), is another way.",
            where=reply.where,
        )
    if not reply.ok:
        raise refusal_of(reply)


def give(idmsa: Idmsa, route: Route, code: str, length: int) -> bool:
    """Whether Apple takes a code. What is not `length` digits is wrong without asking Apple.

    Raises TooManyCodesError and the errors of `outcome`.
    """
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(rf"[0-9]{{{length}}}", digits):
        return False
    if length >= _SECRET_LENGTH:
        Secret(digits)  # registers it with the redactor
    body: dict[str, object] = {"securityCode": {"code": digits}}
    path = "/verify/trusteddevice/securitycode"
    if route.phone is not None:
        body, path = {**body, **_of(route.phone)}, "/verify/phone/securitycode"
    return _taken(idmsa.call("code", "POST", path, body))


def _taken(reply: Reply) -> bool:
    codes = {problem.code for problem in reply.problems}
    if not codes and (reply.ok or _taken_all_the_same(reply)):
        return True
    check_locked(reply)
    if reply.status == 423:
        raise TooManyCodesError(
            "Apple takes no codes for this Apple ID for now: too many were wrong.",
            hint="Wait some hours, then sign in again with `lane auth login`.",
            where=reply.where,
        )
    if WRONG_CODE in codes or any("verification code" in each.text.lower() for each in reply.problems):
        return False
    raise refusal_of(reply)


def _taken_all_the_same(reply: Reply) -> bool:
    """Since spring 2026 a good code can be answered with 409 (apple-id-login.md, 5.4)."""
    if reply.status != 409:
        return False
    code = reply.fields.get("securityCode")
    return bool(reply.headers.get("X-Apple-Session-Token")) or (
        isinstance(code, dict) and code.get("valid") is True
    )


def _trust(idmsa: Idmsa) -> None:
    reply = idmsa.call("trust", "GET", "/2sv/trust")
    if not reply.ok:
        raise refusal_of(reply)


def _first_route(options: Options, person: Person) -> Route:
    """First match wins, as in fastlane (apple-id-login.md, 5.2)."""
    if not options.trusted_devices and not options.phones:
        raise NoWayForCodeError(
            "This Apple ID has neither a trusted device nor a phone number for codes.",
            hint="Add a number at https://account.apple.com.",
        )
    if person.number is not None:
        return Route(choose_phone(options.phones, person.number, None))
    if options.trusted_devices:
        return Route()
    return Route(choose_phone(options.phones, None, person.choose))


def _another_route(route: Route, wish: Resend, options: Options, person: Person, resent: int) -> Route:
    if resent > MOST_RESENT:
        raise TooManyCodesError(
            f"{MOST_RESENT} more codes were asked for already; Apple stops sending them at some point.",
            hint="Wait for the last one to arrive, then sign in again with `lane auth login`.",
        )
    if wish.way is None or wish.way == route.way:
        return route
    if wish.way == "trusted_device":
        return Route() if options.trusted_devices else route
    fitting = [phone for phone in options.phones if phone.mode == wish.way]
    if not fitting:
        raise PhoneChoiceError(
            f"None of this Apple ID's numbers takes codes by {'a call' if wish.way == 'voice' else 'SMS'}.",
            options.phones,
            hint="Add one at https://account.apple.com.",
        )
    return Route(choose_phone(fitting, person.number, person.choose))


def _ways(options: Options) -> tuple[Way, ...]:
    """By which ways this Apple ID can get a code, each once."""
    devices: list[Way] = ["trusted_device"] if options.trusted_devices else []
    return tuple(dict.fromkeys([*devices, *(phone.mode for phone in options.phones)]))


def _of(phone: Phone) -> dict[str, object]:
    number: dict[str, object] = {"id": phone.id}
    if phone.non_fteu is not None:
        number["nonFTEU"] = phone.non_fteu
    return {"phoneNumber": number, "mode": phone.mode}
