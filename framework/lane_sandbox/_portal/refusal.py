"""Refusals of the developer portal, with the codes that its clients know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._problem import Problem

EXPIRED, NOT_ALLOWED, INVALID, TAKEN, TOO_MANY = 1100, 1200, 35, 9401, 7460
"""Result codes: private-endpoints.md, 1.2; 35 and 7460 as fastlane's recordings have them."""
FULL = "You already have a current"
SUPPLIED = "There were errors in the data supplied. Please correct and re-submit."


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the sandbox
    """One refused call: `code` and `key` for programs, `text` for people, `fields` what is wrong with which field."""

    def __init__(self, code: int, key: str, text: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(f"{code} {key}: {text}")
        self.code = code
        self.key = key
        self.text = text
        self.fields = fields


def expired() -> Refusal:
    """Nobody is signed in, or not any more; the two blanks are Apple's."""
    return Refusal(EXPIRED, "authentication.failed", "Your session has expired.  Please log in.")


def not_allowed(key: str, what: str) -> Refusal:
    """The role is too low; `key` ends in NotAllowed, which is what fastlane looks for."""
    return Refusal(NOT_ALLOWED, key, f"You are not permitted to {what}.")


def wrong_team() -> Refusal:
    """The account is no member of the team."""
    text = "Access Unavailable: you currently don't have access to this membership resource."
    return Refusal(NOT_ALLOWED, "membership.accessUnavailable", text)


def no_token() -> Refusal:
    """A change without the pair that this session was given."""
    text = "The request could not be verified. Please reload the list and try again."
    return Refusal(NOT_ALLOWED, "csrf.token.invalid", text)


def invalid(field: str, text: str) -> Refusal:
    """One field is wrong."""
    return Refusal(INVALID, SUPPLIED, text, ((field, text),))


def not_found(field: str, what: str, identifier: str) -> Refusal:
    """There is nothing with this id on the team."""
    return invalid(field, f"There is no {what} with the id '{identifier}' on this team.")


def refusal_of(problem: Problem) -> Refusal:
    """What the official API would have said, in the words of the portal."""
    found = []
    for each in problem.errors:
        source = each.get("source", {})
        field = str(source.get("pointer", source.get("parameter", ""))).rpartition("/")[2]
        found.append((field, str(each["detail"])))
    text = "\n".join(text for _, text in found)
    if text.startswith(FULL):
        return Refusal(TOO_MANY, "certificate.maximum.reached", text)
    return Refusal(INVALID, SUPPLIED, text, tuple(found))
