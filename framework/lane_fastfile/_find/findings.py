"""What is found in the text of a file, whatever lane it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Legacy:
    """A use of one of Spaceship's old clients, or of the new one with an Apple ID."""

    file: str
    line: int
    code: str
    kind: str
    replace_with: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader of the report should know: `kind` is short and stable, `hint` says what to do."""

    file: str
    line: int
    kind: str
    message: str
    hint: str
