"""A Fastfile with something of everything that a report tells."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FASTFILE = dedent(
    """\
    import "../shared/Nowhere.rb"

    platform :ios do
      lane :beta do
        match(type: "appstore")
        gym(scheme: "Aurora")
        pilot
      end

      lane :release do
        gym
        deliver
        pem
        prompt(text: "Sure?")
        download_dsyms
      end

      lane :devices do
        Spaceship::Portal.device.all
      end

      private_lane :test do
        scan
      end
    end

    ENV["FASTLANE_PASSWORD"]
    TOKEN_SECRET = "hunter2hunter2"

    def ask_for_2fa_code
      "1"
    end
    """
)


def project(folder: Path) -> Path:
    """Write it to a project; the project's folder."""
    place = folder / "fastlane"
    place.mkdir(parents=True)
    (place / "Fastfile").write_text(FASTFILE, encoding="utf-8")
    (place / "Pluginfile").write_text("gem 'fastlane-plugin-sentry'\n", encoding="utf-8")
    return folder
