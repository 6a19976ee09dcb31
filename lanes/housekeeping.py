"""What keeps a release in order."""

from pathlib import Path

from lane import lane
from lane_actions import copy_artifacts, latest_build_number, notify


@lane
def housekeeping(package: Path = Path("tests/assets/Aurora.ipa")) -> None:
    """Keep a copy of the package, and tell the highest build number in use."""
    copy_artifacts([package])
    number = latest_build_number()
    notify(f"The highest build number in use is {number}")
