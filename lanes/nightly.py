"""What is done at night, when nobody waits for it."""

from lane import lane
from lane_actions import download_dsyms, notify


@lane
def refresh_dsyms() -> None:
    """Download the dSYMs of the newest build."""
    dsyms = download_dsyms()  # nightly by itself
    notify(f"The dSYMs of {dsyms.build.version} ({dsyms.build.number}) are here")  # follows its input
