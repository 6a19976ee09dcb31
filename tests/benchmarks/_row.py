"""Rows of the table: what was measured, what it must be, and what it aims at."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One quantity; `value` is None where the peer that it is compared with is not installed.

    `must` and `aim` are upper bounds in `unit`, or lower ones where `floor` says so. `detail` says what the
    figure was made of, and what peers needed in the same run.
    """

    quantity: str
    value: float | None
    unit: str
    must: float
    aim: float
    detail: str
    floor: bool = False

    @property
    def verdict(self) -> str:
        """`aim`, `must` or `missed`: the best bound that was met; `-` where there is nothing to judge."""
        if self.value is None:
            return "-"
        if self._meets(self.aim):
            return "aim"
        return "must" if self._meets(self.must) else "missed"

    def _meets(self, bound: float) -> bool:
        assert self.value is not None
        return self.value >= bound if self.floor else self.value <= bound

    def as_dict(self) -> dict[str, Any]:
        """The row for JSON."""
        return {**self._asdict(), "verdict": self.verdict}


def table(rows: list[Row]) -> str:
    """The rows as text, in columns."""
    heads = ("quantity", "measured", "must", "aim", "met", "detail")
    cells: list[tuple[str, ...]] = [heads, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.floor else "≤"
    return (
        row.quantity,
        _shown(row.value, row.unit),
        f"{sign} {row.must:g}",
        f"{sign} {row.aim:g}",
        row.verdict,
        row.detail,
    )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2f} {unit}" if abs(value) < 10 else f"{value:.1f} {unit}"
