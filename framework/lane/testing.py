"""For tests of actions and lanes: a fake context, a traced graph, a run in a folder.

The fixtures `lane_context` (a FakeContext) and `sandbox` (a running offline Apple, whose key is in the
environment) come with the installed package; a test needs only to name them. Below a Lanefile, `lanes` and
`actions` can be imported by tests as they can by it.
"""

from __future__ import annotations

from ._testing.fake_context import Change, FakeContext, LogLine, Program, Progressed, call
from ._testing.rehearse import Outcome, StepOutcome, run
from ._testing.traced import Traced, TracedStep, trace

__all__ = [
    "Change",
    "FakeContext",
    "LogLine",
    "Outcome",
    "Program",
    "Progressed",
    "StepOutcome",
    "Traced",
    "TracedStep",
    "call",
    "run",
    "trace",
]
