"""Why Apple makes no app record, told apart by its codes and by what they point to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._refusal import AppleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._refusal import AppleProblem

_INVALID = "ENTITY_ERROR.ATTRIBUTE.INVALID"
_DUPLICATE = f"{_INVALID}.DUPLICATE"
_OURS, _THEIRS = f"{_DUPLICATE}.SAME_ACCOUNT", f"{_DUPLICATE}.DIFFERENT_ACCOUNT"


class AppRecordError(AppleError):
    """Apple makes no such app record. `code` says why.

    Codes: name_taken (by another account), name_taken_by_you, name_refused, bundle_id_taken, bundle_id_unknown,
    sku_taken, sku_refused, locale_refused.
    """

    def __init__(self, error: AppleError, code: str, message: str, *, hint: str) -> None:
        super().__init__(error.refusal, f"{message} Apple says: {error.refusal.text}", hint=hint)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Attribute:
    """What is known of an attribute: its name for people, the codes of errors, what to do where it is refused."""

    called: str
    taken: str | None
    refused: str
    hint: str


_LOCALE = _Attribute(
    "primary language", None, "locale_refused", "It looks like en-US; App Store Connect lists all."
)
_ATTRIBUTES = {
    "bundleId": _Attribute(
        "bundle id", "bundle_id_taken", "bundle_id_unknown", "Register the bundle id first, in the same team."
    ),
    "sku": _Attribute(
        "SKU", "sku_taken", "sku_refused", "A SKU has letters, digits, dots, hyphens and underscores."
    ),
    "primaryLocale": _LOCALE,
    "locale": _LOCALE,
    "name": _Attribute(
        "name", "name_taken_by_you", "name_refused", "A name has 2 to 30 characters, none of them special."
    ),
}


def told_apart(error: AppleError, attributes: Mapping[str, str], name: str) -> AppleError:
    """The error with what it means for the record that was asked for; itself, where Apple's code is not known."""
    values = {**attributes, "name": name, "locale": attributes["primaryLocale"]}
    for problem in error.refusal.problems:
        if problem.is_under(_THEIRS):
            hint = "Choose another name. Whoever holds the trade mark can claim the name from Apple."
            message = f"Another account has an app with the name {name}."
            return AppRecordError(error, "name_taken", message, hint=hint)
        told = _told(error, problem, values)
        if told is not None:
            return told
    return error


def says_it_exists(error: AppleError) -> bool:
    """Whether Apple may mean this very record: a bundle id belongs to one app."""
    return error.is_duplicate and any(
        problem.is_under(_DUPLICATE)
        and _pointed(problem) in {None, "bundleId"}
        and not problem.is_under(_THEIRS)
        for problem in error.refusal.problems
    )


def _told(error: AppleError, problem: AppleProblem, values: Mapping[str, str]) -> AppRecordError | None:
    # Without a pointer this code is about the name, which is what Apple uses it for most.
    pointed = _pointed(problem) or ("name" if problem.is_under(_OURS) else None)
    if pointed not in _ATTRIBUTES or not problem.is_under(_INVALID):
        return None
    known, value = _ATTRIBUTES[pointed], values.get(pointed, "")
    if known.taken is not None and problem.is_under(_DUPLICATE):
        message = f"Another app of yours has the {known.called} {value}."
        return AppRecordError(error, known.taken, message, hint=f"Choose another {known.called}.")
    message = f"Apple does not take the {known.called} {value}."
    return AppRecordError(error, known.refused, message, hint=known.hint)


def _pointed(problem: AppleProblem) -> str | None:
    """The attribute of `/data/attributes/sku`, or of `/included/1/name`."""
    return None if problem.about is None else problem.about.rpartition("/")[2]
