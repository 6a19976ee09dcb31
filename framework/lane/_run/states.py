"""The states of jobs, besides those that steps have too, and what several states have in common."""

from __future__ import annotations

from lane._report.reporter import SATISFIED, SUCCEEDED

PENDING = "pending"
HANDED_OVER = "handed over"
"""Its hand-off was exported: it runs wherever that is taken."""
DROPPED = "dropped"
"""A person has given it up."""

OVER = frozenset({SUCCEEDED, HANDED_OVER, DROPPED})
"""Nothing of such a job is left to do here."""
DONE = frozenset({SUCCEEDED, SATISFIED})
"""Such a step has an output."""
