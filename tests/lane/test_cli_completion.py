"""`lane completion`: in the shells themselves, as far as they are installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project

LANES = '''
    import enum
    from pathlib import Path
    from typing import Annotated

    from lane import Context, action, lane

    class Device(enum.Enum):
        PHONE = "phone"
        PAD = "pad"

    print("noise of a Lanefile")

    @action
    def act(ctx: Context) -> None: ...

    @lane
    def release(
        scheme: Annotated[str, "What is built"] = "Aurora",
        device: Device = Device.PHONE,
        ipa: Path = Path("app.ipa"),
        dry: bool = False,
    ) -> None:
        """Ship."""
        act()

    @lane
    def rehearse() -> None:
        """Try."""

    @lane(private=True)
    def relay() -> None: ...
'''

# What the shell would do with the cursor at the end of a line of words.
BASH = """
compopt() { local IFS=' '; printf 'compopt %s\\n' "$*"; }
eval "$(lane completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_lane_completion lane
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { : }
compset() { print -r -- "compset $*" }
_path_files() { print -r -- "files" }
compadd() { local name=${@[-1]}; print -rl -- "${(P@)name}" }
_describe() { print -rl -- "${(P@)${@[-2]}}" }
eval "$(lane completion zsh)"
words=("$@"); CURRENT=$#
_lane_completion
"""
FISH = 'lane completion fish | source; complete -C "$argv"'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with lanes that have parameters, and a run."""
    made = Project(tmp_path_factory.mktemp("completion") / "my app")
    made.write("Lanefile.py", LANES)
    assert made.lane("run", "release").returncode == 0
    return made


def _run(project: Project, *command: str) -> list[str]:
    found = shutil.which(command[0])
    if found is None:
        pytest.skip(f"{command[0]} is not installed here")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LANE_", "_LANE"))}
    done = subprocess.run(
        [found, *command[1:]],
        cwd=project.folder,
        env={**kept, "PATH": path, "HOME": str(project.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def _bash(project: Project, *words: str) -> list[str]:
    return [line for line in _run(project, "bash", "--norc", "-c", BASH, "bash", *words) if line]


def _zsh(project: Project, *words: str) -> list[str]:
    return _run(project, "zsh", "-f", "-c", ZSH, "zsh", *words)


def _fish(project: Project, line: str) -> list[str]:
    return [item.split("\t")[0] for item in _run(project, "fish", "--no-config", "-c", FISH, line)]


def test_bash_completes_commands_and_public_lanes(project: Project) -> None:
    assert _bash(project, "lane", "re") == ["resume"]
    assert _bash(project, "lane", "run", "re") == ["release", "rehearse"]
    assert _bash(project, "lane", "plan", "rel") == ["release"]
    assert _bash(project, "lane", "advise", "re") == ["release", "rehearse"]
    assert _bash(project, "lane", "advise", "release", "re") == ["rehearse"]
    assert _bash(project, "lane", "advise", "--shared", "y") == ["yes"]


def test_bash_completes_parameters_in_both_forms(project: Project) -> None:
    assert _bash(project, "lane", "run", "release", "--sch") == ["--scheme"]
    assert "--no-dry" in _bash(project, "lane", "run", "release", "--no-")
    assert _bash(project, "lane", "run", "release", "d") == ["compopt -o nospace", "device=", "dry="]
    assert {"--scheme", "--job", "--parallel"} <= set(_bash(project, "lane", "run", "release", "--"))


def test_bash_completes_values(project: Project) -> None:
    assert _bash(project, "lane", "run", "release", "--device", "p") == ["phone", "pad"]
    assert _bash(project, "lane", "run", "release", "--parallel", "2", "--device", "pa") == ["pad"]
    assert _bash(project, "lane", "run", "release", "device", "=", "pa") == ["pad"]
    assert _bash(project, "lane", "run", "release", "device", "=") == ["phone", "pad"]
    assert _bash(project, "lane", "run", "release", "dry", "=", "t") == ["true"]
    assert _bash(project, "lane", "run", "release", "ipa", "=", "x") == ["compopt -o default"]
    assert _bash(project, "lane", "run", "release", "--ipa", "x") == ["compopt -o default"]


def test_a_flag_takes_no_value(project: Project) -> None:
    assert _bash(project, "lane", "run", "release", "--dry", "sch") == ["compopt -o nospace", "scheme="]


def test_bash_completes_runs_and_actions(project: Project) -> None:
    [run] = [path.name for path in (project.folder / ".lane" / "runs").iterdir()]
    assert _bash(project, "lane", "show", "2") == [run]
    assert _bash(project, "lane", "resume", "") == [run]
    assert _bash(project, "lane", "action", "upl") == ["upload", "upload_symbols"]


def test_bash_completes_nothing_where_nothing_can_be_known(project: Project, tmp_path: Path) -> None:
    assert _bash(project, "lane", "run", "nothing", "sch") == []
    broken = Project(tmp_path)
    broken.write("Lanefile.py", "raise RuntimeError('no luck')\n")
    assert _bash(broken, "lane", "run", "re") == []
    assert _bash(broken, "lane", "run", "release", "sch") == []
    assert _bash(broken, "lane", "show", "2") == []


def test_zsh_completes(project: Project) -> None:
    assert _zsh(project, "lane", "run", "re") == ["release", "rehearse"]
    assert _zsh(project, "lane", "run", "release", "--sch") == ["--scheme:What is built"]
    assert _zsh(project, "lane", "run", "release", "d") == ["device=", "dry="]
    assert _zsh(project, "lane", "run", "release", "device=pa") == ["device=pad"]
    assert _zsh(project, "lane", "run", "release", "ipa=x") == ["compset -P *=", "files"]


def test_fish_completes(project: Project) -> None:
    assert set(_fish(project, "lane run re")) == {"release", "rehearse"}
    assert _fish(project, "lane run release --sch") == ["--scheme"]
    assert _fish(project, "lane run release device=pa") == ["device=pad"]
    assert _fish(project, "lane show 2") == [
        path.name for path in (project.folder / ".lane" / "runs").iterdir()
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_asks_lane_completion(project: Project, shell: str) -> None:
    """click's scripts are changed by replacing parts of their text: a newer click may have other texts."""
    text = project.lane("completion", shell).stdout
    assert f"completion {shell} --answer" in text
    assert "_LANE_COMPLETE" not in text
    assert {"bash": "nospace", "zsh": "compset -P", "fish": "complete --no-files"}[shell] in text


def test_another_shell_is_refused(project: Project) -> None:
    done = project.lane("completion", "tcsh")
    assert done.returncode == 2
    assert "bash" in done.stderr
