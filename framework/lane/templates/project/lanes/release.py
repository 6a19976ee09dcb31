"""The release: what can be done with a key is done at once, the rest is split off."""

from pathlib import Path

from lane import lane, nightly
from lane_actions import download_dsyms, notify, upload

from actions.release_notes import release_notes


@lane
def release(ipa: Path = Path("samples/Aurora.ipa")) -> None:
    """Ship a build to TestFlight."""
    build = upload(ipa=ipa, whats_new=release_notes())
    download_dsyms.set(on=nightly)(build=build)  # not on the release's way: a job of its own
    notify(f"{build.version} ({build.number}) is on TestFlight")
