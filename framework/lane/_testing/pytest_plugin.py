"""The pytest plugin of the installed package: fixtures for tests of actions and lanes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane.testing import FakeContext


def pytest_configure(config: pytest.Config) -> None:
    """Let tests import `lanes` and `actions` as the Lanefile does: from its folder."""
    from lane._errors import UsageError
    from lane._lanefile.load import find

    try:
        folder = os.path.dirname(find(str(config.rootpath)))  # noqa: PTH120
    except UsageError:
        return
    if folder not in sys.path:
        sys.path.insert(0, folder)


def pytest_pycollect_makeitem(obj: object) -> list[pytest.Item] | None:
    """An action or a lane is no test, though its name may begin like one's: `testflight`."""
    from lane._lanefile.action import Action
    from lane._lanefile.deferred import Deferred
    from lane._lanefile.lane import Lane

    return [] if isinstance(obj, Action | Deferred | Lane) else None


@pytest.fixture
def lane_context(tmp_path: Path) -> FakeContext:
    """A context without a run, whose Lanefile's folder is `tmp_path`: see lane.testing.FakeContext."""
    from lane.testing import FakeContext

    return FakeContext(tmp_path)


@pytest.fixture
def sandbox(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """A running offline Apple; the variables that lead to it and give its key, which are set meanwhile."""
    from lane._plan.prepare import started

    with started(str(tmp_path_factory.mktemp("sandbox"))) as names:
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        yield names
