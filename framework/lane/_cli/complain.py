"""Tells a user what went wrong: what, where, and what to do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lane._errors import PlanError
from lane._redact import redactor

if TYPE_CHECKING:
    from lane._errors import LaneError


def complain(error: LaneError) -> int:
    """Print an error to stderr; its exit code."""
    if isinstance(error, PlanError):
        count = len(error.problems)
        lines = [f"error: the lane cannot be planned: {count} problem{'s' if count > 1 else ''}."]
        for problem in error.problems:
            lines.append(f"  {problem}")
            if problem.hint:
                lines.append(f"    → {problem.hint}")
    else:
        lines = [f"error: {error}"]
        lines.extend(f"  → {line}" for line in (error.hint or "").splitlines())
    sys.stdout.flush()
    sys.stderr.write(redactor("\n".join(lines)) + "\n")
    return error.exit_code
