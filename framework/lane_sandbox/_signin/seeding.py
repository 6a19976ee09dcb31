"""Reads the accounts of a seed file, and says what is wrong with them."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from lane_sandbox._signin.accounts import Account, Membership, Phone
from lane_sandbox._signin.srp import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+")
NUMBER = re.compile(r"\+[0-9]{1,3} (?=(?:[^0-9]*[0-9]){4})[0-9 ()-]+")
AUTH_TYPES = ("hsa2", "hsa", "sa")
STATES = ("active", "locked", "acknowledgement", "no_access", "refused")
MODES = ("sms", "voice")
NEEDED = ("email", "password", "name")


class AccountError(ValueError):
    """An account is described wrongly; the message says how it would be right."""


def account_from(entry: Any, team: Membership) -> Account:
    """The account that an entry of a seed describes; `team` is the sandbox's own. Raises AccountError."""
    if not isinstance(entry, dict):
        raise AccountError("must be an object with 'email', 'password' and 'name'")
    for name in entry:
        if name not in _FIELDS:
            raise AccountError(f"'{name}' is not known; use {', '.join(_FIELDS)}")
    for name in NEEDED:
        if name not in entry:
            raise AccountError(f"'{name}' is missing")
    values = {_FIELDS[name][0]: _FIELDS[name][1](name, value, team) for name, value in entry.items()}
    account = Account(**{"teams": (team,), **values, "salt": secrets.token_hex(16)})
    _check(account)
    return account


def _check(account: Account) -> None:
    """An account with a second factor needs somewhere for a code to go to."""
    if account.auth_type == "hsa" and not account.trusted_devices:
        raise AccountError("authType hsa needs 'trustedDevices'")
    if account.auth_type == "hsa2" and not (
        account.trusted_devices or account.phones or account.security_keys
    ):
        raise AccountError("give it 'phones' or 'trustedDevices', or authType sa: no second factor")


def _text(name: str, value: Any, _team: Membership) -> str:
    if not isinstance(value, str) or not value.strip():
        raise AccountError(
            f"'{name}' must be a text, not {value!r}; one that looks like a number needs quotes"
        )
    return value


def _email(name: str, value: Any, team: Membership) -> str:
    if not EMAIL.fullmatch(_text(name, value, team)):
        raise AccountError(f"'{name}' must be an e-mail address, not {value!r}")
    return str(value)


def _flag(name: str, value: Any, _team: Membership) -> bool:
    if not isinstance(value, bool):
        raise AccountError(f"'{name}' must be true or false, not {value!r}")
    return value


def _one_of(known: tuple[str, ...]) -> Callable[[str, Any, Membership], str]:
    def choose(name: str, value: Any, _team: Membership) -> str:
        if value not in known:
            raise AccountError(f"'{name}' must be one of {', '.join(known)}, not {value!r}")
        return str(value)

    return choose


def _texts(name: str, value: Any, team: Membership) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise AccountError(f"'{name}' must be a list of texts")
    return tuple(_text(name, each, team) for each in value)


def _phones(name: str, value: Any, _team: Membership) -> tuple[Phone, ...]:
    if not isinstance(value, list):
        raise AccountError(f"'{name}' must be a list such as [{{number: '+49 123 4567885', pushMode: sms}}]")
    return tuple(_phone(number, each) for number, each in enumerate(value, start=1))


def _phone(identifier: int, entry: Any) -> Phone:
    if not isinstance(entry, dict) or set(entry) - {"number", "pushMode"}:
        raise AccountError(f"phone {identifier} must have a 'number', and may have a 'pushMode'")
    number, mode = entry.get("number"), entry.get("pushMode", "sms")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise AccountError(f"the number of phone {identifier} must be like '+49 123 4567885', not {number!r}")
    if mode not in MODES:
        raise AccountError(
            f"the pushMode of phone {identifier} must be one of {', '.join(MODES)}, not {mode!r}"
        )
    return Phone(identifier, number, mode)


def _teams(name: str, value: Any, team: Membership) -> tuple[Membership, ...]:
    if not isinstance(value, list) or not value:
        raise AccountError(f"'{name}' must be a list of teams")
    return tuple(_team(each, team) for each in value)


def _team(entry: Any, team: Membership) -> Membership:
    if entry == team.team_id:
        return team
    if not isinstance(entry, dict) or set(entry) != {"id", "name"}:
        raise AccountError(
            f"a team is {team.team_id}, the sandbox's own, or another one with 'id' and 'name'"
        )
    return Membership(_text("id", entry["id"], team), _text("name", entry["name"], team))


_FIELDS: dict[str, tuple[str, Callable[[str, Any, Membership], Any]]] = {
    "email": ("email", _email),
    "password": ("password", _text),
    "name": ("name", _text),
    "protocol": ("protocol", _one_of(PROTOCOLS)),
    "authType": ("auth_type", _one_of(AUTH_TYPES)),
    "state": ("state", _one_of(STATES)),
    "roles": ("roles", _texts),
    "phones": ("phones", _phones),
    "trustedDevices": ("trusted_devices", _texts),
    "securityKeys": ("security_keys", _texts),
    "teams": ("teams", _teams),
    "agreement": ("agreement", _flag),
}
