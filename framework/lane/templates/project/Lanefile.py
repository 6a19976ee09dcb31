"""The lanes of this project: `lane list` shows them, `lane plan release` says what one would do."""

from lane import app

from lanes.release import release

__all__ = ["release"]

# sandbox=True is the offline Apple. Take it out to meet the real one; `lane doctor` tells what it needs.
app(bundle_id="com.example.aurora", sandbox=True)
