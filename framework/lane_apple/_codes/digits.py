"""Finds the code in what people and Apple write, in any script of digits."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4096  # characters of a text that is looked at: a long SMS has 1,530
_BOUND = re.compile(r"@(?P<domain>[a-z0-9.-]+)[ \t]*#[ \t]*(?P<code>\d+)")
_GAP = r"[ \u00a0\u202f-]"


def code_in(text: str, length: int) -> str | None:
    """The code of `length` digits that a text, or its last line, is, or that a message from Apple in it holds."""
    text = text[:LONGEST]
    last = (text.strip().splitlines() or [""])[-1]
    return plain_code(text, length) or plain_code(last, length) or code_in_message(text, length)


def plain_code(text: str, length: int) -> str | None:
    """The code, where the text is nothing else. It may be parted in the middle: `123 456`."""
    text = _plain(text).strip()
    compact = re.sub(_GAP, "", text, count=1) if re.fullmatch(_parted(length), text) else text
    return compact if re.fullmatch(rf"[0-9]{{{length}}}", compact) else None


def code_in_message(text: str, length: int) -> str | None:
    """The code in an SMS of Apple's, in whichever language it is; None for a text of others or without one code.

    Apple ends its texts with `@apple.com #123456 %apple.com` (the form is the Web Incubator Group's "Origin-bound
    one-time codes delivered via SMS"); older ones have only the sentence. The word Apple is in all of them.
    """
    text = _plain(text)
    bound = _BOUND.search(text.lower())
    if bound is not None:
        return bound["code"] if _is_apple(bound["domain"]) and len(bound["code"]) == length else None
    if "apple" not in text.lower():
        return None
    found = set(re.findall(rf"{_BEFORE}([0-9]{{{length}}}){_AFTER}", text))
    if not found:
        parted = re.findall(rf"{_BEFORE}({_parted(length)}){_AFTER}", text)
        found = {re.sub(_GAP, "", one) for one in parted}
    return found.pop() if len(found) == 1 else None  # of two, neither: a wrong guess costs an attempt


# What makes digits a part of something else: a longer number, an amount, a date, a word, a phone number.
_BEFORE = r"(?<![0-9A-Za-z+$€£])(?<![0-9][.,:/-])(?<![0-9][ \u00a0\u202f])"
_AFTER = r"(?![0-9A-Za-z%])(?![.,:/-][0-9])(?![ \u00a0\u202f][0-9])"


def _parted(length: int) -> str:
    half = length // 2
    return rf"[0-9]{{{half}}}{_GAP}[0-9]{{{length - half}}}"


def _is_apple(domain: str) -> bool:
    return domain == "apple.com" or domain.endswith(".apple.com")


def _plain(text: str) -> str:
    """A text with its digits as 0 to 9, wide letters as plain ones, and without marks that nobody sees."""
    return "".join(map(_character, text[:LONGEST]))


def _character(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Cf":
        return ""
    return unicodedata.normalize("NFKC", character) if "\uff00" <= character <= "\uffef" else character
