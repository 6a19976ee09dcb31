"""The codes that were delivered: what people would see on their phones and devices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from lane_sandbox._signin.accounts import Account, Phone
    from lane_sandbox._store import Store
    from lane_sandbox._team import Team

Way = Literal["device", "sms", "voice"]
FACT = "signin.messages"
KEPT = 1000
TEXTS = {
    "en": "Your Apple Account code is: {}. Don't share it with anyone.",
    "de": "Dein Apple Account-Code lautet: {}. Teile ihn nicht mit anderen.",
    "fr": "Votre code de compte Apple est : {}. Ne le partagez avec personne.",
    "es": "Tu código de la cuenta de Apple es: {}. No lo compartas con nadie.",
    "ja": "Apple IDコードは次の通りです：{}。コードを共有しないでください。",
    "zh": "Apple 账户代码为：{}。请勿与他人共享。",
}
"""English, Japanese and Chinese as they were seen in public; the others are UNCONFIRMED."""
BOUND = "\n\n@apple.com #{} %apple.com"
"""The last line binds the code to the site, for the phone that fills it in."""
LANGUAGES = {
    "49": "de", "43": "de", "33": "fr", "34": "es", "52": "es", "54": "es", "57": "es", "81": "ja", "86": "zh",
}  # fmt: skip
"""By dial code; English for all others."""
SPOKEN = "Your Apple verification code is: {}."
DIAL_CODE = re.compile(r"\+([0-9]{1,3}) ")


def deliver(team: Team, account: Account, way: Way, code: str, phone: Phone | None) -> None:
    """Note a code as delivered; within `writing()`."""
    message = {
        "account": account.email,
        "way": way,
        "phone": phone.number if phone else None,
        "phone_id": phone.id if phone else None,
        "devices": [] if phone else list(account.trusted_devices),
        "code": code,
        "text": _text(way, code, phone),
        "sent": team.clock.date(),
    }
    team.store.put_fact(FACT, [*messages(team.store), message][-KEPT:])


def messages(store: Store) -> list[dict[str, Any]]:
    """What was delivered, the newest last; within `reading()` or `writing()`."""
    found: list[dict[str, Any]] = store.fact(FACT, [])
    return [dict(each) for each in found]


def masked(number: str) -> str:
    """A phone number as Apple shows it: the dial code, dots, the last two digits."""
    code, _, rest = number.partition(" ")
    return f"{code} {obfuscated(rest)}"


def obfuscated(number: str) -> str:
    """A number with dots for all digits but the last two."""
    hidden = sum(each.isdigit() for each in number) - 2
    shown: list[str] = []
    for each in number:
        hidden -= each.isdigit()
        shown.append("•" if each.isdigit() and hidden >= 0 else each)
    return "".join(shown)


def _text(way: Way, code: str, phone: Phone | None) -> str | None:
    if phone is None:
        return None
    if way == "voice":
        return SPOKEN.format(" ".join(code))
    dialled = DIAL_CODE.match(phone.number)
    language = LANGUAGES.get(dialled.group(1), "en") if dialled else "en"
    return TEXTS[language].format(code) + BOUND.format(code)
