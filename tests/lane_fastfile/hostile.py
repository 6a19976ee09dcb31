"""A Fastfile whose author wants its report to do harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FASTFILE = r"""
import "./<img src=x onerror=document.title='owned'>.rb"
import "\e[31m../x@everyone.rb"
platform :"<script>document.title='owned'</script>" do
  lane :"</td></code><script>document.title='owned'</script>" do
    pem
    pilot(apple_id: "</code><script>document.title='owned'</script>", skip_waiting_for_build_processing: true)
  end
end
lane :"\e]8;;http://evil.example\e\\link\e]8;;\e\\ \e[2J \u009b31m" do
  produce
end
lane :"| a | b | @everyone #1 `tick` ``two`` [x](http://evil.example) ![i](//evil.example/i) <b> www.evil.com :x:" do
  Spaceship::Tunes.login
  deliver(force: true)
end
lane :"\u202egnp.exe\n\n# Heading\n\n- item" do
  sh "fastlane '<svg onload=document.title=1>'"
  send("`x`|@y")
  pem
end
lane :"[click](http://evil.example) {0} \\" do
  match
  prompt
end
lane :"`" do
  pem
end
def ask_for_2fa_code
  "1"
end
PASSWORD = "hunter2hunter2"
ENV["FASTLANE_PASSWORD"] = "correct-horse-battery"
"""
SECRETS = ("hunter2hunter2", "correct-horse-battery")


def hostile(folder: Path) -> Path:
    """Write it; its path, which is no valid UTF-8 and has HTML in it."""
    import os

    place = os.fsdecode(os.fsencode(folder) + b"/<b>caf\xe9 `x` | [y](z)")
    os.makedirs(os.path.join(place, "fastlane"))  # noqa: PTH103, PTH118
    path = folder / os.path.basename(place) / "fastlane" / "Fastfile"  # noqa: PTH119
    path.write_text(FASTFILE, encoding="utf-8")
    path.with_name("Pluginfile").write_text('gem "fastlane-plugin-<script>x"\n')
    return path
