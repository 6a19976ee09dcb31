"""The release: what can be done with a key is done now, the rest is split off."""

from pathlib import Path

from lane import lane, nightly
from lane_actions import download_dsyms, notify, upload


@lane
def release(
    ipa: Path = Path("tests/assets/Aurora.ipa"), whats_new: str = "Bug fixes and improvements."
) -> None:
    """Ship a build to TestFlight."""
    build = upload(ipa=ipa, whats_new=whats_new)
    download_dsyms.set(on=nightly)(build=build)  # not on the release's way: a job of its own
    notify(f"{build.version} ({build.number}) is on TestFlight")
