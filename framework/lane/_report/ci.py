"""Which CI system this is, and whether a person is here: by its variables and the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping


class System(NamedTuple):
    """A CI system: its name, the variables that are set there (all), the one with the folder of the checkout.

    `groups` names the way in which it folds a log (see `_report_groups`), or is None.
    """

    name: str
    variables: tuple[str, ...]
    groups: str | None = None
    checkout: str | None = None


# The variables are those of each system's own documentation; most stand in the npm package ci-info, too.
# Gitea and Forgejo set GITHUB_ACTIONS too, and read the same commands.
SYSTEMS = (
    System("GitHub Actions", ("GITHUB_ACTIONS",), "github", "GITHUB_WORKSPACE"),
    System("GitLab CI", ("GITLAB_CI",), "gitlab", "CI_PROJECT_DIR"),
    System("Azure Pipelines", ("TF_BUILD",), "azure", "BUILD_SOURCESDIRECTORY"),
    System("Buildkite", ("BUILDKITE",), "buildkite", "BUILDKITE_BUILD_CHECKOUT_PATH"),
    System("TeamCity", ("TEAMCITY_VERSION",), "teamcity"),
    System("Xcode Cloud", ("CI_XCODE_PROJECT",)),
    System("Codemagic", ("CM_BUILD_ID",)),
    System("Bitrise", ("BITRISE_IO",)),
    System("CircleCI", ("CIRCLECI",)),
    System("Jenkins", ("JENKINS_URL", "BUILD_ID")),
    System("Bitbucket Pipelines", ("BITBUCKET_COMMIT",)),
    System("Travis CI", ("TRAVIS",)),
    System("AppVeyor", ("APPVEYOR",)),
    System("Cirrus CI", ("CIRRUS_CI",)),
    System("AWS CodeBuild", ("CODEBUILD_BUILD_ARN",)),
    System("Semaphore", ("SEMAPHORE",)),
    System("Drone", ("DRONE",)),
    System("App Center", ("APPCENTER_BUILD_ID",)),
    System("CI", ("CI",)),
)

_UNSET = {"", "0", "false", "no"}


def detect(environ: Mapping[str, str] = os.environ) -> System | None:
    """The CI system whose variables are set, or None; `CI=false` counts as not set."""
    for system in SYSTEMS:
        if all(environ.get(name, "").lower() not in _UNSET for name in system.variables):
            return system
    return None


def checkout_of(system: System | None, environ: Mapping[str, str] = os.environ) -> str | None:
    """The folder of the checkout, below which a CI system looks for files that are named to it."""
    return None if system is None or system.checkout is None else environ.get(system.checkout)


def in_checkout(file: str, folder: str | None, checkout: str | None) -> str:
    """A file of the Lanefile's folder as a path below the checkout, where that is known."""
    if checkout is None:
        return file
    path = os.path.join(folder or "", file)  # noqa: PTH118 - pathlib costs 10 ms at start
    return os.path.relpath(path, checkout).replace(os.sep, "/")


def terminal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` is a terminal on which lines can be drawn again."""
    return _is_terminal(stream) and environ.get("TERM") != "dumb"


def setting(
    environ: Mapping[str, str] = os.environ, stdin: TextIO | None = None, stdout: TextIO | None = None
) -> str:
    """`local` where a person is here (a terminal on both sides, and no CI system), else `ci`."""
    person = _is_terminal(stdin or sys.stdin) and _is_terminal(stdout or sys.stdout)
    return "local" if person and detect(environ) is None else "ci"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
