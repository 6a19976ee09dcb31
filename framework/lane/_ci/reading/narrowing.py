"""What a condition leaves of the ways in which a job is started."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from .condition import Term, ways

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .found import CiStart, StartKind

_LITERAL = re.compile(r"(?:[\w/-]|\\[./-]|\.\*|\[\^\\?/\]\*)+")
_ALL = ("*", "**")
_MOST = 200  # starts of a job
_NOTHING = ("", "null")
_PUSHED = ("push", "tag")
_TRUE = ("true", "not false")
_NAME = re.compile(r"^\$|^pipeline\.parameters\.|^build\.env\(|\)$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A system's words. `source` are the names of what started a pipeline, `kinds` their values.

    `branch`, `tag` and `ref` are the names of what was pushed (a whole ref is `refs/tags/v1`), `asked` of what a
    person gives, `always` what says nothing; `ref_type` is `branch` or `tag`. What begins with `by_hand` is empty
    where nobody starts it by hand. `branch_of_request`: a pull request, too, has a branch's name. `tags_apart`: the
    push of a tag is a start of its own from the beginning.
    """

    source: frozenset[str]
    kinds: Mapping[str, StartKind]
    branch: frozenset[str]
    tag: frozenset[str]
    ref: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    pull_request: frozenset[str] = frozenset()
    schedule_name: frozenset[str] = frozenset()
    ref_type: frozenset[str] = frozenset()
    by_hand: tuple[str, ...] = ()
    branch_of_request: bool = False
    tags_apart: bool = False


def narrowed(starts: Sequence[CiStart], condition: str, words: Vocabulary) -> list[CiStart]:
    """The starts under which a condition can hold; what is not understood of it is told as it is written."""
    found = ways(condition)
    if found is None:
        return [_told(start, condition) for start in starts]
    made = [one for terms in found for start in starts if (one := _under(start, terms, words)) is not None]
    return list(dict.fromkeys(made))[:_MOST]


def _told(start: CiStart, condition: str) -> CiStart:
    said = " ".join(condition.split())
    if start.detail.endswith(f" {said}"):
        return start
    joint = " and" if ", if " in start.detail else ", if"
    return replace(start, detail=f"{start.detail}{joint} {said}")


def _under(start: CiStart, terms: Sequence[Term], words: Vocabulary) -> CiStart | None:
    """A start where all terms hold; None where they cannot."""
    if any(term.left == ("true" if term.op == "not" else "false") and not term.right for term in terms):
        return None
    left: list[Term] = []
    made: CiStart | None = start
    for term in sorted(terms, key=lambda term: term.left not in words.source):
        if made is None:
            return None
        known = _by_term(made, term, words)
        if known is False:
            left.append(term)
        else:
            made = known
    for term in left:
        if made is not None and term.text not in words.always and term.text not in _TRUE:
            made = None if _is_empty(made, term, words) else _left_over(made, term, words)
    return made


def _is_empty(start: CiStart, term: Term, words: Vocabulary) -> bool:
    """Whether a term wants what only a start by hand gives, and this is another."""
    wanted = term.op == "is" or (term.op in {"==", "=~"} and term.right not in {"", "false"})
    return (
        wanted and start.kind not in {"any", "manual", "call"} and term.left.startswith(words.by_hand or "\n")
    )


def _left_over(start: CiStart, term: Term, words: Vocabulary) -> CiStart:
    """What else has to hold: a value that was given with the start, or whatever it says."""
    if term.left in words.asked or (term.op == "==" and _is_given(start, term)):
        given = _asked(start, term)
        if given is not None:
            return given
    if term.op == "==" and term.left in words.schedule_name:
        return replace(start, kind="schedule", detail=f"{start.detail} named {term.right}")
    return _told(start, term.text)


def _asked(start: CiStart, term: Term) -> CiStart | None:
    """A start for which a person, or a schedule, gives a value; None for one that is understood no further."""
    if term.op == "not" or (term.op == "==" and term.right in {"", "false"}):
        return start  # so it is where nobody gives one
    if term.op not in {"is", "=="} or not (start.kind in {"any", "manual"} or _is_given(start, term)):
        return None
    value = f"={term.right}" if term.op == "==" else ""
    said = f" with {_NAME.sub('', term.left)}{value}"
    given = replace(start, kind="manual") if start.kind == "any" else start
    return given if said in given.detail else replace(given, detail=f"{given.detail}{said}")


def _is_given(start: CiStart, term: Term) -> bool:
    """Whether a variable came with a schedule, or from the person who started a pipeline by hand."""
    return start.kind in {"schedule", "manual"} and term.left.startswith(("$", "build.env("))


def _by_term(start: CiStart, term: Term, words: Vocabulary) -> CiStart | Literal[False] | None:
    """A start under a term that is understood, None where it cannot hold, False for one that is not understood."""
    if term.left in words.source and term.op in {"==", "!="} and (term.op, term.right) != ("==", ""):
        return _by_source(start, term, words.kinds.get(term.right, "other"))
    if term.left in words.pull_request:
        wanted = (term.op == "is") or (term.op == "!=" and term.right in {"null", "false"})
        return _of_kinds(start, ("pull_request",), wanted=wanted)
    if term.op == "!=" and term.right in _NOTHING:
        term = Term(term.left, "is")
    if term.left in words.ref_type and term.op in {"==", "!="} and start.kind in _PUSHED:
        return (
            start if (start.kind == ("tag" if term.right == "tag" else "push")) is (term.op == "==") else None
        )
    pushed = _pushed(term, words)
    if pushed is None:
        return False
    tag, pattern = pushed
    if term.op in {"!=", "!~"}:
        return False
    if term.op == "not" or (term.op == "==" and term.right in _NOTHING):
        return _of_kinds(start, ("tag",) if tag else ("push",), wanted=False)
    if start.kind == "pull_request" and not words.branch_of_request:
        return None
    return _by_push(start, tag=tag, pattern=pattern, apart=words.tags_apart)


def _by_source(start: CiStart, term: Term, kind: StartKind) -> CiStart | Literal[False] | None:
    kinds: tuple[StartKind, ...] = ("push", "tag") if kind == "push" else (kind,)
    if term.op == "==":
        if start.kind == "any":
            if kind == "other":
                return replace(start, kind=kind, detail=f"a pipeline of source {term.right}{start.detail}")
            return replace(start, kind=kind)
        return start if start.kind in kinds else None
    if start.kind == "any":
        return False
    return None if start.kind in kinds else start


def _of_kinds(
    start: CiStart, kinds: tuple[StartKind, ...], *, wanted: bool
) -> CiStart | Literal[False] | None:
    if start.kind == "any":
        return replace(start, kind=kinds[0]) if wanted else False
    return start if (start.kind in kinds) == wanted else None


def _pushed(term: Term, words: Vocabulary) -> tuple[bool, str] | None:
    """Whether a term speaks of a tag, and the pattern of tags or branches that it wants; `*` for any."""
    if term.left in words.branch or term.left in words.tag:
        wanted = "*" if term.op in {"is", "not"} or term.right in _NOTHING else term.right
        return term.left in words.tag, glob(wanted)
    ref = term.right if term.left in words.ref else ""
    if term.op == "is" and (begins := re.fullmatch(r"startsWith\((\S+), (\S+)\)", term.left)):
        ref = f"{begins[2]}*" if begins[1] in words.ref else ""
    if begin := next((one for one in ("refs/tags/", "refs/heads/") if ref.startswith(one)), None):
        return begin == "refs/tags/", ref.removeprefix(begin)
    return None


def _by_push(start: CiStart, *, tag: bool, pattern: str, apart: bool) -> CiStart | Literal[False] | None:
    kind: Literal["push", "tag"] = "tag" if tag else "push"
    given = () if pattern in _ALL else (pattern,)
    if start.kind == "any" or (start.kind == "push" and tag and not start.branches and not apart):
        return start.pushed(kind, given)
    if start.kind == kind:
        return start.pushed(kind, given or (start.tags if tag else start.branches))
    if start.kind in _PUSHED or tag:
        return None
    return False  # a schedule or a person works on a branch, too


def glob(pattern: str) -> str:
    """A regular expression between slashes in GitHub's words, where these say as much: `/^v.*$/` is `v**`.

    What says more stays as it is written. A name stays a name.
    """
    inner = re.fullmatch(r"/\^?(.*?)\$?/", pattern)
    if inner is None:
        return {"$CI_DEFAULT_BRANCH": "the default branch"}.get(pattern, pattern)
    body = inner[1]
    if not body or not _LITERAL.fullmatch(body):
        return pattern
    within = re.sub(r"\[\^\\?/\]\*", "*", body.replace(".*", "**"))
    plain = re.sub(r"\\(.)", r"\1", within)
    before = "" if pattern.startswith("/^") or plain.startswith("*") else "**"
    after = "" if pattern.endswith("$/") or plain.endswith("*") else "**"
    return f"{before}{plain}{after}"
