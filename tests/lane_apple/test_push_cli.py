"""`lane auth push` as people and cron jobs call it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import Machine, machine
from github_stand_in import TOKEN as GITHUB_TOKEN
from github_stand_in import GitHubStandIn
from gitlab_stand_in import PROJECT, GitLabStandIn
from gitlab_stand_in import TOKEN as GITLAB_TOKEN

from lane import UsageError
from lane_apple import api_key
from lane_apple._push import services
from lane_apple._push.remote import repository_of
from lane_apple._session.own_format import fastlane_text_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane_sandbox import Sandbox


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with GitHubStandIn("production") as running:
        yield running
        assert not running.problems


@pytest.fixture
def gitlab() -> Iterator[GitLabStandIn]:
    with GitLabStandIn() as running:
        yield running


@pytest.fixture
def here(sandbox: Sandbox, github: GitHubStandIn, gitlab: GitLabStandIn, tmp_path: Path) -> Machine:
    """A machine on which nobody has signed in yet, with tokens for both services."""
    made = machine(sandbox, tmp_path)
    for name in ("GITHUB_TOKEN", "CI_SERVER_URL", "GITHUB_SERVER_URL"):
        made.environment.pop(name, None)
    made.environment |= {
        "GITHUB_API_URL": github.url,
        "GH_TOKEN": GITHUB_TOKEN,
        "CI_API_V4_URL": f"{gitlab.url}/api/v4",
        "GITLAB_TOKEN": GITLAB_TOKEN,
    }
    return made


@pytest.fixture
def signed_in(here: Machine) -> Machine:
    here.log_in()
    return here


def push(here: Machine, *arguments: str, **more: str) -> tuple[int, str]:
    """The exit code and all that was said; no secret is in it."""
    done = here.lane("auth", "push", *arguments, **more)
    said = done.stdout + done.stderr
    session = here.access.store.load(here.environment["FASTLANE_USER"] or "olive@example.com")
    secrets = {GITHUB_TOKEN, GITLAB_TOKEN, *(each.value for each in (session.cookies if session else ()))}
    assert not [secret for secret in secrets if secret in said]
    return done.returncode, said


def pushed(here: Machine, *arguments: str) -> dict[str, Any]:
    code, said = push(here, *arguments, "--json")
    assert code == 0, said
    document: dict[str, Any] = json.loads(said)
    return document


class TestASession:
    def test_goes_to_github_once(self, signed_in: Machine, github: GitHubStandIn) -> None:
        code, said = push(signed_in, "github", "--repo", "acme/aurora")
        assert code == 0
        assert "✓ FASTLANE_SESSION went to GitHub, acme/aurora: it was not there." in said
        assert "Apple binds the trust to" in said
        there = fastlane_text_session(github.secrets.values["FASTLANE_SESSION"], account="", source="x")
        kept = signed_in.access.store.load("olive@example.com")
        assert kept is not None
        assert {"myacinfo"} < {each.name for each in there.cookies} <= {each.name for each in kept.cookies}
        code, said = push(signed_in, "github", "--repo", "acme/aurora")
        assert (code, len(github.changes)) == (0, 1)
        assert "need not go to GitHub, acme/aurora: it was there already." in said

    def test_goes_to_an_environment(self, signed_in: Machine, github: GitHubStandIn) -> None:
        document = pushed(signed_in, "github", "--repo", "acme/aurora", "--environment", "production")
        assert document == {
            "what": "session",
            "name": "FASTLANE_SESSION",
            "to": "GitHub, acme/aurora, environment production",
            "before": "new",
            "sent": True,
            "dry_run": False,
        }
        assert list(github.environments["production"].values) == ["FASTLANE_SESSION"]

    def test_goes_to_gitlab(self, signed_in: Machine, gitlab: GitLabStandIn) -> None:
        assert pushed(signed_in, "gitlab", "--repo", PROJECT)["before"] == "new"
        assert pushed(signed_in, "gitlab", "--repo", PROJECT)["before"] == "same"
        (there,) = gitlab.variables
        assert (there["masked"], there["protected"]) == (True, True)
        assert fastlane_text_session(there["value"], account="", source="x").signed_in

    def test_goes_to_a_command(self, signed_in: Machine, tmp_path: Path) -> None:
        command = f"sh -c 'cat > {tmp_path}/$LANE_PUSH_NAME'"
        code, said = push(signed_in, "--command", command)
        assert (code, "went to sh: it was not known to be there" in said) == (0, True)
        text = (tmp_path / "FASTLANE_SESSION").read_text()
        assert fastlane_text_session(text, account="", source="x").signed_in
        assert pushed(signed_in, "--command", command)["sent"] is False
        assert pushed(signed_in, "--command", command, "--force")["sent"] is True

    def test_that_is_over_is_renewed_first(self, signed_in: Machine, github: GitHubStandIn) -> None:
        stale = signed_in.access.store.load("olive@example.com")
        assert stale is not None
        signed_in.end(stale, "app_store_connect", "developer_portal")
        codes = signed_in.codes()
        assert pushed(signed_in, "github", "--repo", "acme/aurora")["sent"] is True
        there = fastlane_text_session(github.secrets.values["FASTLANE_SESSION"], account="", source="x")
        values = {each.name: each.value for each in there.cookies}
        assert values["myacinfo"] not in {each.value for each in stale.cookies}
        assert signed_in.codes() == codes

    def test_that_only_a_person_can_renew_is_not_sent(
        self, signed_in: Machine, github: GitHubStandIn
    ) -> None:
        session = signed_in.access.store.load("olive@example.com")
        assert session is not None
        signed_in.end(session, "developer_portal")
        signed_in.environment["FASTLANE_PASSWORD"] = ""
        code, said = push(signed_in, "github", "--repo", "acme/aurora")
        assert code == 4
        assert "lane auth login" in said
        assert not github.changes

    def test_that_is_not_there(self, here: Machine, github: GitHubStandIn) -> None:
        code, said = push(here, "github", "--repo", "acme/aurora")
        assert (code, "lane auth login" in said) == (4, True)
        assert not github.seen

    def test_a_dry_run_asks_neither_apple_nor_sends(self, signed_in: Machine, github: GitHubStandIn) -> None:
        asked = len(signed_in.sandbox.requests())
        code, said = push(signed_in, "github", "--repo", "acme/aurora", "--dry-run")
        assert (code, github.changes) == (0, [])
        assert "FASTLANE_SESSION would go to GitHub, acme/aurora: it was not there." in said
        assert len(signed_in.sandbox.requests()) == asked

    def test_of_the_offline_apple_goes_nowhere_real(self, here: Machine, github: GitHubStandIn) -> None:
        here.lane("auth", "login", "--sandbox")
        code, said = push(here, "github", "--repo", "acme/aurora", "--sandbox")
        assert (code, github.seen) == (2, [])
        assert "of no use to CI" in said


class TestAKey:
    @pytest.fixture
    def keyed(self, here: Machine) -> Machine:
        first = here.sandbox.keys[0]
        here.environment |= {
            "APP_STORE_CONNECT_API_KEY_KEY_ID": first.key_id,
            "APP_STORE_CONNECT_API_KEY_ISSUER_ID": first.issuer_id or "",
            "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH": str(first.private_key_path),
        }
        return here

    def test_goes_to_both_and_is_the_same_key_there(
        self, keyed: Machine, github: GitHubStandIn, gitlab: GitLabStandIn, tmp_path: Path
    ) -> None:
        assert pushed(keyed, "github", "--repo", "acme/aurora", "--what", "key")["sent"]
        assert pushed(keyed, "gitlab", "--repo", PROJECT, "--what", "key")["sent"]
        text = github.secrets.values["APP_STORE_CONNECT_API_KEY"]
        assert [each["value"] for each in gitlab.variables] == [text]
        mine, theirs = (
            api_key.find(names, tmp_path)
            for names in (keyed.environment, {"APP_STORE_CONNECT_API_KEY": text, "HOME": str(tmp_path)})
        )
        assert mine is not None
        assert theirs is not None
        assert (theirs.key_id, theirs.issuer_id, theirs.in_house) == (mine.key_id, mine.issuer_id, False)
        assert theirs.private_key == mine.private_key
        assert pushed(keyed, "github", "--repo", "acme/aurora", "--what", "key")["before"] == "same"

    def test_of_one_person_has_no_issuer(self, keyed: Machine, github: GitHubStandIn) -> None:
        keyed.environment["APP_STORE_CONNECT_API_KEY_ISSUER_ID"] = ""
        assert pushed(keyed, "github", "--repo", "acme/aurora", "--what", "key")["sent"]
        fields = json.loads(github.secrets.values["APP_STORE_CONNECT_API_KEY"])
        assert set(fields) == {"key_id", "key", "is_key_content_base64", "in_house"}

    def test_that_is_not_there(self, here: Machine) -> None:
        code, said = push(here, "github", "--repo", "acme/aurora", "--what", "key")
        assert (code, "No API key can be used here." in said) == (3, True)


class TestTheCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((), "Say where to"),
            (("github", "--command", "true"), "Say where to"),
            (("--command", "true", "--repo", "a/b"), "GitHub's and GitLab's"),
            (("bitbucket",), "bitbucket"),
            (("github", "--repo", "https://github.com/acme/aurora"), "names no repository"),
            (("github", "--repo", "acme/mobile/aurora"), "names no repository"),
            (("gitlab", "--repo", "acme"), "names no repository"),
        ],
    )
    def test_what_makes_no_sense(self, here: Machine, arguments: tuple[str, ...], said: str) -> None:
        code, told = push(here, *arguments)
        assert code == 2
        assert said in told

    @pytest.mark.parametrize(
        ("service", "tokens"), [("github", "GH_TOKEN and GITHUB_TOKEN"), ("gitlab", "GITLAB_TOKEN")]
    )
    def test_no_token(self, signed_in: Machine, service: str, tokens: str) -> None:
        code, said = push(signed_in, service, "--repo", "a/b", GH_TOKEN="", GITLAB_TOKEN="")
        assert code == 3
        assert f"{tokens} {'are' if ' and ' in tokens else 'is'} not set" in said

    def test_the_other_name_of_the_token(self, signed_in: Machine, github: GitHubStandIn) -> None:
        signed_in.environment |= {"GITHUB_TOKEN": signed_in.environment["GH_TOKEN"], "GH_TOKEN": ""}
        assert pushed(signed_in, "github", "--repo", "acme/aurora")["sent"]


@pytest.mark.parametrize(
    ("server", "api"),
    [
        ("", "https://api.github.com"),
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com/", "https://api.acme.ghe.com"),
        ("https://git.example.com", "https://git.example.com/api/v3"),
    ],
)
def test_where_githubs_api_is(server: str, api: str) -> None:
    service, host = services.github({"GITHUB_SERVER_URL": server, "GH_TOKEN": "ghp_x"})
    assert service.base == api
    assert host in (server or "github.com")


class TestTheRemote:
    @pytest.mark.parametrize(
        "url",
        [
            "https://github.com/acme/aurora.git",
            "https://github.com/acme/aurora/",
            "https://x-access-token:ghp_canary@github.com/acme/aurora",
            "git@github.com:acme/aurora.git",
            "github.com:acme/aurora",
            "ssh://git@GitHub.com:22/acme/aurora.git",
        ],
    )
    def test_names_the_repository(self, tmp_path: Path, url: str) -> None:
        remote(tmp_path, origin=url)
        assert repository_of(tmp_path, "github.com") == "acme/aurora"

    def test_may_have_groups(self, tmp_path: Path) -> None:
        remote(tmp_path, upstream=f"https://gitlab.com/{PROJECT}.git")
        assert repository_of(tmp_path, "gitlab.com") == PROJECT

    @pytest.mark.parametrize(
        ("remotes", "said"),
        [
            ({}, "has no git remote"),
            ({"a": "https://github.com/a/b", "b": "https://github.com/c/d"}, "has 2 git remotes"),
            (
                {"origin": "https://u:ghp_canary@git.example.com/a/b"},
                "is at git.example.com, not at github.com",
            ),
            ({"origin": "../elsewhere"}, "is no address of a server"),
        ],
    )
    def test_that_does_not_say(self, tmp_path: Path, remotes: dict[str, str], said: str) -> None:
        remote(tmp_path, **remotes)
        with pytest.raises(UsageError) as caught:
            repository_of(tmp_path, "github.com")
        assert said in caught.value.message
        assert "canary" not in caught.value.message + str(caught.value.hint)

    def test_is_taken_where_no_repository_is_named(self, signed_in: Machine, github: GitHubStandIn) -> None:
        remote(signed_in.folder, origin="git@github.com:acme/aurora.git")
        assert pushed(signed_in, "github")["to"] == "GitHub, acme/aurora"
        assert github.changes


def remote(folder: Path, **remotes: str) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for name, url in remotes.items():
        subprocess.run(["git", "-C", str(folder), "remote", "add", name, url], check=True)
