"""Values of all kinds that outputs may have, and the journal keeps."""

from __future__ import annotations

import dataclasses
import enum
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from lane import (
    Model,
)


class Colour(enum.Enum):
    """An enum."""

    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: float


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A dataclass."""

    text: str
    at: datetime
    where: Path | None = None


class Build(Model):
    """A model."""

    number: int
    colour: Colour
    price: Decimal
    notes: list[Note]
    points: dict[str, Point]


NOTE = Note("ü\u2028", datetime(2026, 11, 24, tzinfo=UTC), Path("a b"))
BUILD = Build(
    number=3, colour=Colour.BLUE, price=Decimal("1.10"), notes=[NOTE], points={"origin": Point(0, 0.5)}
)
VALUES: list[tuple[Any, Any]] = [
    (int, 2**70),
    (bool, True),
    (float, 0.1),
    (str, 'a "quoted" text\n'),
    (str | None, None),
    (str | None, "text"),
    (Path, Path("a/b.ipa")),
    (datetime, datetime(2026, 11, 24, 3, tzinfo=UTC)),
    (Decimal, Decimal("3.140")),
    (Colour, Colour.RED),
    (Point, Point(1, 2.5)),
    (Note, NOTE),
    (Build, BUILD),
    (list[list[Path]], [[Path("x")], []]),
    (tuple[int, ...], (1, 2)),
    (frozenset[Colour], frozenset({Colour.RED})),
    (dict[str, list[Build]], {"all": [BUILD]}),
    (bytes, b"bytes"),
    (None, None),
    (Any, {"a": [1, "b", None]}),
]
