"""The lanes of this repository; `lane run release` rehearses a release against the offline Apple."""

from lane import app
from lanes.checks import check
from lanes.housekeeping import housekeeping
from lanes.nightly import refresh_dsyms
from lanes.release import release

__all__ = ["check", "housekeeping", "refresh_dsyms", "release"]

app(bundle_id="com.example.aurora", team_id="ABCDE12345", sandbox=True)
