"""Variables at a stand-in for GitLab that has its rules: masked, protected, and set once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from faults import Lost, Reply
from gitlab_stand_in import PROJECT, TOKEN, GitLabStandIn
from push_harness import gitlab, variable
from session_harness import Moment, all_text_of, login, session, trust

from lane import ActionError, CredentialError, LaneError, Secret, UsageError
from lane_apple._push.push import push
from lane_apple._push.variable import key_variable, session_variable
from lane_apple._session.own_format import fastlane_text_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple._push.variable import Variable

SECRET = "DAWTKNcanary" + "-value"
VARIABLES = f"/api/v4/projects/{PROJECT.replace('/', '%2F')}/variables"
KEPT = {"masked": True, "protected": True, "raw": True, "variable_type": "env_var", "hidden": False}


@pytest.fixture
def server() -> Iterator[GitLabStandIn]:
    with GitLabStandIn() as running:
        yield running


@pytest.fixture
def carried() -> Variable:
    """A session as it goes to GitLab."""
    return session_variable(session(), unbroken=True)


def refused(server: GitLabStandIn, given: Variable | None = None, **more: object) -> LaneError:
    with pytest.raises(LaneError) as caught:
        push(given or variable(SECRET), gitlab(server, **more))  # type: ignore[arg-type]
    assert TOKEN not in all_text_of(caught.value)
    assert SECRET not in all_text_of(caught.value)
    return caught.value


class TestWhatIsSent:
    def test_a_session_is_masked_and_protected_and_fastlane_reads_it(
        self, server: GitLabStandIn, carried: Variable
    ) -> None:
        done = push(carried, gitlab(server))
        assert (done.state, done.sent, done.where) == ("new", True, f"GitLab, {PROJECT}")
        (there,) = server.variables
        assert KEPT.items() <= there.items()
        assert (there["key"], there["environment_scope"]) == ("FASTLANE_SESSION", "*")
        assert fastlane_text_session(there["value"], account="", source="x").cookies == session().cookies
        assert server.changes == [("POST", VARIABLES)]

    def test_a_session_as_fastlane_writes_it_could_not_be_masked(self, server: GitLabStandIn) -> None:
        error = refused(server, session_variable(session(), unbroken=False))
        assert isinstance(error, ActionError)
        assert error.message == "GitLab refused it (400): value: is invalid."

    def test_a_key_is_masked_too(self, server: GitLabStandIn, key: object) -> None:
        from lane_apple import ApiKey

        assert isinstance(key, ApiKey)
        push(key_variable(key), gitlab(server))
        (there,) = server.variables
        assert KEPT.items() <= there.items()
        assert re.fullmatch(r"\S+", there["value"])

    def test_an_environment_has_a_variable_of_its_own(self, server: GitLabStandIn, carried: Variable) -> None:
        server.add("FASTLANE_SESSION", "for-all-others")
        done = push(carried, gitlab(server, "production"))
        assert done.where == f"GitLab, {PROJECT}, environment production"
        scopes = {each["environment_scope"]: each["value"] for each in server.variables}
        assert scopes == {"*": "for-all-others", "production": carried.value.reveal()}

    def test_a_dry_run_looks_and_sends_nothing(self, server: GitLabStandIn, carried: Variable) -> None:
        assert push(carried, gitlab(server), dry_run=True).state == "new"
        assert not server.changes


class TestOnce:
    def test_what_is_there_already_is_not_sent_again(self, server: GitLabStandIn, carried: Variable) -> None:
        assert [push(carried, gitlab(server)).state for _ in range(3)] == ["new", "same", "same"]
        assert len(server.changes) == 1

    def test_another_value_is_sent_to_the_same_scope(self, server: GitLabStandIn, carried: Variable) -> None:
        push(carried, gitlab(server))
        push(carried, gitlab(server, "production"))
        newer = session_variable(session(login("DAWTKNnewer"), trust()), unbroken=True)
        assert push(newer, gitlab(server, "production")).state == "changed"
        scopes = {each["environment_scope"]: each["value"] for each in server.variables}
        assert scopes == {"*": carried.value.reveal(), "production": newer.value.reveal()}

    @pytest.mark.parametrize(
        "lax", [{"masked": False}, {"protected": False}, {"raw": False, "masked": False}]
    )
    def test_one_that_is_kept_less_safely_is_set_again(
        self, server: GitLabStandIn, carried: Variable, lax: dict[str, bool]
    ) -> None:
        safe = {"masked": True, "protected": True, "raw": True}
        server.add(carried.name, carried.value.reveal(), **(safe | lax))
        assert push(carried, gitlab(server)).state == "changed"
        assert KEPT.items() <= server.variables[0].items()

    def test_a_hidden_one_is_sent_each_time_and_stays_hidden(
        self, server: GitLabStandIn, carried: Variable
    ) -> None:
        server.add(carried.name, carried.value.reveal(), masked=True, protected=True, raw=True, hidden=True)
        assert [push(carried, gitlab(server)).state for _ in range(2)] == ["changed", "changed"]
        assert server.variables[0]["hidden"] is True

    def test_one_that_was_made_while_the_answer_was_lost(
        self, server: GitLabStandIn, carried: Variable
    ) -> None:
        server.arm("POST", "/variables", Lost())
        assert push(carried, gitlab(server)).sent
        assert [method for method, _ in server.changes] == ["POST", "POST", "PUT"]
        assert len(server.variables) == 1


class TestRefusals:
    def test_a_token_that_gitlab_does_not_know(self, server: GitLabStandIn) -> None:
        error = refused(server, token=Secret("glpat-wrong"))
        assert isinstance(error, CredentialError)
        assert (error.code, error.exit_code) == ("push_token", 3)
        assert "GITLAB_TOKEN" in error.message

    def test_somebody_who_may_not(self, server: GitLabStandIn) -> None:
        server.maintainer = False
        error = refused(server)
        assert isinstance(error, CredentialError)
        assert (error.code, error.hint) == ("push_rights", "Rights.")

    def test_a_project_that_it_cannot_see(self, server: GitLabStandIn) -> None:
        target = gitlab(server)
        server.arm("GET", "", *[Reply(404, {"message": "404 Project Not Found"})] * 2)
        with pytest.raises(UsageError, match=f"no project {PROJECT}"):
            target.state(variable())

    def test_what_cannot_be_masked(self, server: GitLabStandIn) -> None:
        assert refused(server, variable("short")).message == "GitLab refused it (400): value: is invalid."

    def test_what_answers_is_no_api(self, server: GitLabStandIn, carried: Variable) -> None:
        server.arm("GET", "FASTLANE_SESSION", Reply(200, b"<html>Sign in</html>"))
        with pytest.raises(ActionError, match="is not the API of GitLab"):
            push(carried, gitlab(server))
        assert not server.changes

    def test_what_is_too_large(self, server: GitLabStandIn) -> None:
        assert push(variable("x" * 10_000), gitlab(server)).sent
        with pytest.raises(UsageError, match="has 10,001 bytes; GitLab, acme/mobile/aurora takes 10,000"):
            push(variable("x" * 10_001), gitlab(server))

    def test_what_passes_is_waited_out(self, server: GitLabStandIn, carried: Variable) -> None:
        server.arm("GET", "/variables/", Reply(429, {"message": "Retry later"}, {"Retry-After": "9"}))
        slept: list[float] = []
        assert push(carried, gitlab(server, sleep=slept.append)).sent
        assert slept == [9.0]


def test_times_keep_their_nanoseconds_on_the_way() -> None:
    made = Moment.at(1_795_499_765_811_830_762)
    given = session(login(created_at=made), trust(created_at=made))
    text = session_variable(given, unbroken=True).value.reveal()
    back = fastlane_text_session(text, account="", source="x")
    assert [getattr(each.created_at, "nanoseconds", None) for each in back.cookies] == [made.nanoseconds] * 2
