"""Twenty lanes, as a project of some size has them."""

from pathlib import Path

from lane import lane
from lane_actions import copy_artifacts, download_dsyms, latest_build_number, notify, sh, upload


@lane
def beta(ipa: Path = Path("App.ipa")) -> None:
    """Do beta, as the lane of that name says."""
    build = upload(ipa=ipa)
    notify(f"{build.version} is there")


@lane
def release() -> None:
    """Do release, as the lane of that name says."""
    number = latest_build_number()
    sh(["echo", f"{number}"])


@lane
def nightly() -> None:
    """Do nightly, as the lane of that name says."""
    dsyms = download_dsyms()
    notify(f"{dsyms.build.version} has symbols")


@lane
def screenshots(ipa: Path = Path("App.ipa")) -> None:
    """Do screenshots, as the lane of that name says."""
    copy_artifacts([ipa])
    sh(["true"])


@lane
def metadata(ipa: Path = Path("App.ipa")) -> None:
    """Do metadata, as the lane of that name says."""
    build = upload(ipa=ipa)
    notify(f"{build.version} is there")


@lane
def symbols() -> None:
    """Do symbols, as the lane of that name says."""
    number = latest_build_number()
    sh(["echo", f"{number}"])


@lane
def certificates() -> None:
    """Do certificates, as the lane of that name says."""
    dsyms = download_dsyms()
    notify(f"{dsyms.build.version} has symbols")


@lane
def profiles(ipa: Path = Path("App.ipa")) -> None:
    """Do profiles, as the lane of that name says."""
    copy_artifacts([ipa])
    sh(["true"])


@lane
def invite(ipa: Path = Path("App.ipa")) -> None:
    """Do invite, as the lane of that name says."""
    build = upload(ipa=ipa)
    notify(f"{build.version} is there")


@lane
def promote() -> None:
    """Do promote, as the lane of that name says."""
    number = latest_build_number()
    sh(["echo", f"{number}"])


@lane
def submit() -> None:
    """Do submit, as the lane of that name says."""
    dsyms = download_dsyms()
    notify(f"{dsyms.build.version} has symbols")


@lane
def phased(ipa: Path = Path("App.ipa")) -> None:
    """Do phased, as the lane of that name says."""
    copy_artifacts([ipa])
    sh(["true"])


@lane
def rollback(ipa: Path = Path("App.ipa")) -> None:
    """Do rollback, as the lane of that name says."""
    build = upload(ipa=ipa)
    notify(f"{build.version} is there")


@lane
def lint() -> None:
    """Do lint, as the lane of that name says."""
    number = latest_build_number()
    sh(["echo", f"{number}"])


@lane
def unit_tests() -> None:
    """Do unit tests, as the lane of that name says."""
    dsyms = download_dsyms()
    notify(f"{dsyms.build.version} has symbols")


@lane
def ui_tests(ipa: Path = Path("App.ipa")) -> None:
    """Do ui tests, as the lane of that name says."""
    copy_artifacts([ipa])
    sh(["true"])


@lane
def coverage(ipa: Path = Path("App.ipa")) -> None:
    """Do coverage, as the lane of that name says."""
    build = upload(ipa=ipa)
    notify(f"{build.version} is there")


@lane
def changelog() -> None:
    """Do changelog, as the lane of that name says."""
    number = latest_build_number()
    sh(["echo", f"{number}"])


@lane
def tag() -> None:
    """Do tag, as the lane of that name says."""
    dsyms = download_dsyms()
    notify(f"{dsyms.build.version} has symbols")


@lane
def announce(ipa: Path = Path("App.ipa")) -> None:
    """Do announce, as the lane of that name says."""
    copy_artifacts([ipa])
    sh(["true"])
