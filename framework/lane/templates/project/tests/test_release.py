"""The lane `release`: its steps, and a whole run against the offline Apple."""

from pathlib import Path

import pytest
from lane.testing import run, trace

from lanes.release import release

SAMPLE = Path(__file__).parent.parent / "samples" / "Aurora.ipa"


def test_tells_only_of_what_was_uploaded() -> None:
    graph = trace(release)
    assert graph["upload"].options["whats_new"] == "{release_notes}"
    assert graph["notify"].needs == ["upload"]


@pytest.mark.usefixtures("sandbox")
def test_releases_to_the_sandbox(tmp_path: Path) -> None:
    outcome = run(release, tmp_path, ipa=SAMPLE)
    assert outcome.exit_code == 0, outcome.steps
    assert outcome.outputs["upload"].version == "1.2.0"
    assert outcome.pending == ["scheduled"]  # the dSYMs, tonight
