"""Secrets at a stand-in for GitHub that opens what it gets: sent sealed, once, and again where it has to be."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from faults import Lost, Reply, Reset
from github_stand_in import TOKEN, GitHubStandIn
from push_harness import VALUE, github, memory, variable
from session_harness import all_text_of

from lane import ActionError, CredentialError, LaneError, Secret, TransientError, UsageError
from lane_apple._push.push import push

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "/repos/acme/aurora/actions/secrets/FASTLANE_SESSION"


@pytest.fixture
def server() -> Iterator[GitHubStandIn]:
    with GitHubStandIn("production", "staging", "nightly builds") as running:
        yield running
        assert not running.problems


def refused(server: GitHubStandIn, folder: Path, environment: str | None = None, **more: object) -> LaneError:
    with pytest.raises(LaneError) as caught:
        push(variable(), github(server, memory(folder), environment, **more))  # type: ignore[arg-type]
    shown = all_text_of(caught.value)
    assert TOKEN not in shown
    assert VALUE not in shown
    return caught.value


class TestWhatIsSent:
    def test_github_can_open_it_and_nobody_on_the_way_can(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        done = push(variable(), github(server, memory(tmp_path)))
        assert (done.state, done.sent, done.where) == ("new", True, "GitHub, acme/aurora")
        assert server.secrets.values == {"FASTLANE_SESSION": VALUE}
        assert server.changes == [SECRET]
        sent = next(each for each in server.seen if each.method == "PUT")
        assert b"DAWTKNcanary" not in sent.body
        assert VALUE.encode() not in sent.body

    def test_each_sealing_is_another(self, server: GitHubStandIn, tmp_path: Path) -> None:
        for _ in range(2):
            push(variable(), github(server, memory(tmp_path)), force=True)
        first, second = (each.body for each in server.seen if each.method == "PUT")
        assert first != second
        assert server.secrets.values == {"FASTLANE_SESSION": VALUE}

    def test_an_environment_has_secrets_and_a_key_of_its_own(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        done = push(variable(), github(server, memory(tmp_path), "nightly builds"))
        assert done.where == "GitHub, acme/aurora, environment nightly builds"
        assert server.environments["nightly builds"].values == {"FASTLANE_SESSION": VALUE}
        assert server.changes == ["/repos/acme/aurora/environments/nightly%20builds/secrets/FASTLANE_SESSION"]
        assert not server.secrets.values

    def test_a_dry_run_looks_and_sends_nothing(self, server: GitHubStandIn, tmp_path: Path) -> None:
        done = push(variable(), github(server, memory(tmp_path)), dry_run=True, force=True)
        assert (done.state, done.sent) == ("new", False)
        assert not server.changes
        assert not (tmp_path / "sessions").exists()


class TestOnce:
    def test_what_is_there_already_is_not_sent_again(self, server: GitHubStandIn, tmp_path: Path) -> None:
        states = [push(variable(), github(server, memory(tmp_path))).state for _ in range(3)]
        assert states == ["new", "same", "same"]
        assert server.changes == [SECRET]

    def test_another_value_is_sent(self, server: GitHubStandIn, tmp_path: Path) -> None:
        push(variable(), github(server, memory(tmp_path)))
        done = push(variable("another-value"), github(server, memory(tmp_path)))
        assert (done.state, done.sent) == ("changed", True)
        assert server.secrets.values == {"FASTLANE_SESSION": "another-value"}

    def test_what_somebody_else_has_set_since_is_sent_again(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        push(variable(), github(server, memory(tmp_path)))
        server.set("FASTLANE_SESSION", "theirs")
        assert push(variable(), github(server, memory(tmp_path))).state == "changed"
        assert server.secrets.values == {"FASTLANE_SESSION": VALUE}

    def test_what_somebody_has_deleted_is_sent_again(self, server: GitHubStandIn, tmp_path: Path) -> None:
        push(variable(), github(server, memory(tmp_path)))
        server.secrets.values.clear()
        assert push(variable(), github(server, memory(tmp_path))).state == "new"

    def test_places_are_told_apart(self, server: GitHubStandIn, tmp_path: Path) -> None:
        push(variable(), github(server, memory(tmp_path)))
        done = push(variable(), github(server, memory(tmp_path), "production"))
        assert (done.state, done.sent) == ("new", True)

    def test_without_the_key_nothing_is_known(self, server: GitHubStandIn, tmp_path: Path) -> None:
        push(variable(), github(server, memory(tmp_path)))
        assert push(variable(), github(server, memory(tmp_path, key="z" * 44))).state == "changed"


class TestMemory:
    def test_says_nothing_of_what_was_sent(self, server: GitHubStandIn, tmp_path: Path) -> None:
        push(variable(), github(server, memory(tmp_path)))
        file = tmp_path / "sessions" / "pushed.json"
        text = file.read_text()
        assert file.stat().st_mode & 0o077 == 0
        assert "canary" not in text
        assert "acme" not in text

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "lane-pushed"}', '{"entries": 1}', "\0"])
    def test_where_it_is_damaged_it_is_sent_again(
        self, server: GitHubStandIn, tmp_path: Path, content: str
    ) -> None:
        push(variable(), github(server, memory(tmp_path)))
        (tmp_path / "sessions" / "pushed.json").write_text(content)
        assert [push(variable(), github(server, memory(tmp_path))).state for _ in range(2)] == [
            "changed",
            "same",
        ]


class TestRefusals:
    def test_a_token_that_github_does_not_know(self, server: GitHubStandIn, tmp_path: Path) -> None:
        error = refused(server, tmp_path, token=Secret("ghp_wrongwrongwrong"))
        assert isinstance(error, CredentialError)
        assert (error.code, error.exit_code) == ("push_token", 3)
        assert "GH_TOKEN" in error.message

    def test_a_token_that_may_not(self, server: GitHubStandIn, tmp_path: Path) -> None:
        server.writable = False
        error = refused(server, tmp_path)
        assert isinstance(error, CredentialError)
        assert error.code == "push_rights"
        assert "Resource not accessible by personal access token" in error.message
        assert error.hint == "Rights."

    @pytest.mark.parametrize("environment", [None, "production"])
    def test_a_repository_that_it_cannot_see(
        self, server: GitHubStandIn, tmp_path: Path, environment: str | None
    ) -> None:
        error = refused(server, tmp_path, environment, repo="acme/other")
        assert isinstance(error, UsageError)
        assert "acme/other" in error.message

    def test_an_environment_that_is_not_there_names_all_that_are(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        error = refused(server, tmp_path, "prod")
        assert isinstance(error, UsageError)
        assert error.message == "The repository acme/aurora has no environment prod."
        assert "production, staging, nightly builds" in str(error.hint)  # from two pages

    def test_a_next_page_elsewhere_does_not_get_the_token(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        with GitHubStandIn() as other:
            link = {"Link": f'<{other.url}/repos/acme/aurora/environments?page=2>; rel="next"'}
            server.arm("GET", "/environments$|/environments\\?", Reply(200, {"environments": []}, link))
            refused(server, tmp_path, "prod")
            assert not other.seen

    def test_what_github_cannot_open(self, server: GitHubStandIn, tmp_path: Path) -> None:
        target = github(server, memory(tmp_path))
        target.state(variable())
        server.secrets = type(server.secrets)(key_id="568250167242549744")  # it has made itself another key
        with pytest.raises(ActionError) as caught:
            target.put(variable(), "new")
        assert caught.value.message == "GitHub refused it (422): Bad Request - key_id is not valid."
        assert caught.value.where == f"PUT {SECRET}"

    def test_a_refusal_that_repeats_what_was_sent_is_not_repeated(
        self, server: GitHubStandIn, tmp_path: Path
    ) -> None:
        server.arm("PUT", "FASTLANE", Reply(422, {"message": f"not for {TOKEN}"}))
        assert refused(server, tmp_path).message == "GitHub refused it (422)."

    def test_a_repository_that_was_renamed(self, server: GitHubStandIn, tmp_path: Path) -> None:
        moved = Reply(
            301, {"message": "Moved Permanently"}, {"Location": "http://127.0.0.1:9/repositories/1"}
        )
        server.arm("GET", "public-key", moved)
        error = refused(server, tmp_path)
        assert error.code == "push_moved"
        assert "--repo" in str(error.hint)

    def test_an_answer_that_is_none_of_githubs(self, server: GitHubStandIn, tmp_path: Path) -> None:
        server.arm("GET", "public-key", Reply(200, {"key": "not base64!", "key_id": "1"}))
        assert refused(server, tmp_path).message == "GitHub gave no key to seal secrets with."

    @pytest.mark.parametrize("content", ["<html>Welcome</html>", "[]", "null"])
    @pytest.mark.parametrize("path", ["public-key", "FASTLANE_SESSION"])
    def test_what_answers_is_no_api(
        self, server: GitHubStandIn, tmp_path: Path, path: str, content: str
    ) -> None:
        server.arm("GET", path, Reply(200, content.encode()))
        error = refused(server, tmp_path)
        assert isinstance(error, ActionError)
        assert error.message == f"What answers at {server.url} is not the API of GitHub."
        assert error.hint == "Check the address: ADDRESS."
        assert path in str(error.where)
        assert not server.changes

    def test_a_value_that_is_too_large(self, server: GitHubStandIn, tmp_path: Path) -> None:
        value = variable("é" * 24 * 1024)
        assert push(value, github(server, memory(tmp_path)), dry_run=True).state == "new"
        with pytest.raises(UsageError) as caught:
            push(variable("é" * 24 * 1024 + "x"), github(server, memory(tmp_path)), dry_run=True)
        assert "FASTLANE_SESSION has 49,153 bytes; GitHub, acme/aurora takes 49,152." in str(caught.value)
        assert "--what key" in str(caught.value.hint)

    def test_a_token_does_not_travel_without_tls(self, server: GitHubStandIn, tmp_path: Path) -> None:
        error = refused(server, tmp_path, base="http://github.example.com/api/v3")
        assert error.code == "push_address"
        assert not server.seen


class TestTroubleThatPasses:
    @pytest.mark.parametrize(
        "fault",
        [
            Reply(503),
            Reply(429, {"message": "slow down"}, {"Retry-After": "7"}),
            Reply(403, {"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "7"}),
            Reset(),
            Lost(),
        ],
        ids=["503", "429", "limit", "reset", "lost answer"],
    )
    def test_is_waited_out(self, server: GitHubStandIn, tmp_path: Path, fault: Reply | Reset | Lost) -> None:
        server.arm("PUT", "FASTLANE", fault)
        slept: list[float] = []
        assert push(variable(), github(server, memory(tmp_path), sleep=slept.append)).sent
        assert slept == ([7.0] if isinstance(fault, Reply) and fault.status != 503 else [1.0])
        assert server.secrets.values == {"FASTLANE_SESSION": VALUE}
        assert push(variable(), github(server, memory(tmp_path))).state == "same"

    def test_a_secondary_limit_that_names_no_time(self, server: GitHubStandIn, tmp_path: Path) -> None:
        """GitHub asks to be left alone for a minute then (its page "Rate limits for the REST API")."""
        server.arm("PUT", "FASTLANE", Reply(403, {"message": "You have exceeded a secondary rate limit."}))
        slept: list[float] = []
        assert push(variable(), github(server, memory(tmp_path), sleep=slept.append)).sent
        assert slept == [60.0]

    def test_that_goes_on_is_an_error(self, server: GitHubStandIn, tmp_path: Path) -> None:
        server.arm("GET", "public-key", *[Reply(502)] * 4)
        error = refused(server, tmp_path)
        assert isinstance(error, TransientError)
        assert error.message == "GitHub answered 502."
        assert server.count("GET", "public-key") == 4

    @pytest.mark.parametrize(
        ("headers", "said"),
        [
            ({"Retry-After": "3600"}, "GitHub answered 403 and wants to be left alone for 3600 s."),
            ({"X-RateLimit-Remaining": "0"}, "GitHub takes no more requests within this hour."),
        ],
    )
    def test_that_would_take_too_long_is_not_waited_for(
        self, server: GitHubStandIn, tmp_path: Path, headers: dict[str, str], said: str
    ) -> None:
        server.arm("GET", "public-key", Reply(403, {"message": "API rate limit exceeded"}, headers))
        error = refused(server, tmp_path)
        assert isinstance(error, TransientError)
        assert error.message == said
        assert server.count("GET", "public-key") == 1

    def test_nobody_there(self, server: GitHubStandIn, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            error = refused(server, tmp_path, base=f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert "cannot be reached" in error.message
