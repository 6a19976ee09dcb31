"""What starts the scheduler: a systemd unit and timer, a launchd agent, or a cron line, as text."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

SYSTEMD, CRON, LAUNCHD = "systemd", "cron", "launchd"
EVERY = 5
"""Minutes between two looks at what is due; what was missed meanwhile is caught up with."""


class Place(NamedTuple):
    """Where the scheduler works: the Lanefile, and `LANE_STORE` where it is set."""

    file: Path
    store: str | None = None

    @property
    def name(self) -> str:
        """A name for units, such as `lane-aurora-3f9c02`: many a project's folder is called `ios`."""
        from hashlib import sha256

        said = re.sub(r"[^A-Za-z0-9_.]+", "-", self.file.parent.name).strip("-") or "project"
        return f"lane-{said}-{sha256(str(self.file).encode()).hexdigest()[:6]}"

    @property
    def words(self) -> list[str]:
        """The command that runs what is due."""
        return [*_lane(), "scheduler", "--once", "-f", str(self.file)]

    @property
    def log(self) -> str:
        """Where what it says goes, if nothing else keeps it; the store is there by then."""
        return str((Path(self.store) if self.store else self.file.parent / ".lane") / "scheduler.log")


def usual() -> str:
    """What this machine starts things with."""
    if sys.platform == "darwin":
        return LAUNCHD
    return SYSTEMD if Path("/run/systemd/system").is_dir() else CRON


def systemd(place: Place) -> str:
    """Two files, each below a comment with its name and what to do with it."""
    folder, name = place.file.parent, place.name
    store = f"Environment={_systemd_word(f'LANE_STORE={place.store}')}\n" if place.store else ""
    return f"""\
# ~/.config/systemd/user/{name}.service
[Unit]
Description=Scheduled lanes of {_percent(str(folder))}

[Service]
Type=oneshot
WorkingDirectory={_percent(str(folder))}
{store}ExecStart={" ".join(_systemd_word(word) for word in place.words)}
# The first SIGTERM lets what runs end.
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=1h

# ~/.config/systemd/user/{name}.timer
[Unit]
Description=Look every {EVERY} minutes which lanes are due

[Timer]
OnCalendar=*:0/{EVERY}
Persistent=true

[Install]
WantedBy=timers.target

# Then: systemctl --user daemon-reload && systemctl --user enable --now {name}.timer
# So that it works while nobody is logged in: loginctl enable-linger
"""


def cron(place: Place) -> str:
    """A line for `crontab -e`."""
    store = f"LANE_STORE={shlex.quote(place.store)} " if place.store else ""
    line = f"cd {shlex.quote(str(place.file.parent))} && {store}{shlex.join(place.words)}"
    line += f" >>{shlex.quote(place.log)} 2>&1"  # or cron would send it by mail, each time
    escaped = line.replace("%", "\\%")  # which cron would read as a new line
    return f"*/{EVERY} * * * * {escaped}\n"


def launchd(place: Place) -> str:
    """A property list, below a comment with its name and what to do with it."""
    import plistlib

    label = place.name
    agent: dict[str, object] = {
        "Label": label,
        "ProgramArguments": place.words,
        "WorkingDirectory": str(place.file.parent),
        "StartInterval": EVERY * 60,
        "ExitTimeOut": 3600,
        "StandardOutPath": place.log,
        "StandardErrorPath": place.log,
    }
    if place.store:
        agent["EnvironmentVariables"] = {"LANE_STORE": place.store}
    head, _, rest = plistlib.dumps(agent).decode().partition("\n")
    path = f"~/Library/LaunchAgents/{label}.plist"
    return f"{head}\n<!-- {path}; then: launchctl bootstrap gui/$UID {path} -->\n{rest}"


def _lane() -> list[str]:
    """The command `lane` of this Python, by its whole path: units know no PATH of a shell."""
    beside = shutil.which("lane", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "lane"]


def _systemd_word(word: str) -> str:
    escaped = _percent(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if re.search(r"[\s\"'\\;]", word) else escaped


def _percent(text: str) -> str:
    return text.replace("%", "%%")
