"""A session and a key to push, and where it is remembered what was pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from session_harness import places

from lane import Secret
from lane_apple._push.api import Api, Service
from lane_apple._push.github import GitHub
from lane_apple._push.gitlab import GitLab
from lane_apple._push.memory import Memory
from lane_apple._push.variable import Variable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github_stand_in import GitHubStandIn
    from gitlab_stand_in import GitLabStandIn

VALUE = "---\\n- !ruby/object:HTTP::Cookie\\n  name: myacinfo\\n  value: DAWTKNcanary $HOME 'x' \\n"


def variable(value: str = VALUE, name: str = "FASTLANE_SESSION") -> Variable:
    return Variable(name, Secret(value))


def memory(folder: Path, key: str = "k" * 44) -> Memory:
    """That of a machine with a key for its store; without `key` of one with none that is given."""
    file = folder / "session.key"
    file.write_text(key)
    file.chmod(0o600)
    return Memory(places(folder, LANE_SESSIONS=str(folder / "sessions"), LANE_SESSION_KEY_FILE=str(file)))


def no_sleep(seconds: float) -> None:
    del seconds


def github(
    server: GitHubStandIn,
    remembers: Memory,
    environment: str | None = None,
    *,
    repo: str = "acme/aurora",
    sleep: Callable[[float], None] = no_sleep,
    **more: Any,
) -> GitHub:
    from github_stand_in import TOKEN

    given = {"token": Secret(TOKEN), "base": server.url} | more
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    service = Service(
        name="GitHub", token_name="GH_TOKEN", header="Authorization", scheme="Bearer ", rights="Rights.",
        address_names="ADDRESS", headers=headers, **given,
    )  # fmt: skip
    return GitHub(Api(service, sleep), repo, environment, remembers)


def gitlab(
    server: GitLabStandIn,
    environment: str | None = None,
    *,
    sleep: Callable[[float], None] = no_sleep,
    **more: Any,
) -> GitLab:
    from gitlab_stand_in import PROJECT, TOKEN

    given = {"token": Secret(TOKEN), "base": f"{server.url}/api/v4"} | more
    service = Service(
        name="GitLab",
        token_name="GITLAB_TOKEN",
        header="PRIVATE-TOKEN",
        scheme="",
        rights="Rights.",
        address_names="ADDRESS",
        **given,
    )
    return GitLab(Api(service, sleep), PROJECT, environment)
