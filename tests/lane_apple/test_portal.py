"""The developer portal's client: the bytes that it sends, its tokens, its teams, its errors."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from apple_harness import Time
from apple_web import ACCOUNT, MYACINFO, web_session
from faults import Lost, Reply, Reset, Server
from portal_harness import APP_ID, ROOT, TEAM, Portal, envelope, refusal

from lane import ActionError, CredentialError, LaneError
from lane_apple import AgreementNeededError, AppleBusyError, LostAnswerError
from lane_apple._portal.answer import IdentifierTakenError, PortalError
from lane_apple._portal.form import encoded, portal_name
from lane_apple._portal.identifiers import (
    APP_IDS,
    ensure_app_id,
    find_app_ids,
    find_pass_type_ids,
    find_website_push_ids,
)
from lane_apple._portal.portal import DeveloperPortal
from lane_apple._portal.teams import TeamChoiceError
from lane_apple._refusal import NotAllowedError, SessionDeadError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def answers() -> Portal:
    return Portal()


@pytest.fixture
def server(answers: Portal) -> Iterator[Server]:
    with Server(answers) as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def portal(server: Server, time: Time) -> Iterator[DeveloperPortal]:
    with DeveloperPortal(web_session(server.url), sleep=time.sleep, clock=time.clock) as client:
        yield client


def paths(server: Server) -> list[str]:
    return [each.path.removeprefix(ROOT) for each in server.seen]


def test_a_form() -> None:
    assert encoded({"b": "x y&z\n", "a": None, "c": True, "d": ["A", "B"], "e": False}) == (
        "a&b=x+y%26z%0A&c=true&d%5B%5D=A&d%5B%5D=B&e=false"
    )
    assert encoded({}) == ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Grüße App", "Grusse App"),
        ('A.B@C&D*E"F', "ABCDEF"),
        ("极光", "JiGuang"),
        ("Aurora\N{NO-BREAK SPACE}2", "Aurora 2"),
    ],
)
def test_names_are_made_ascii(name: str, plain: str) -> None:
    digest = hashlib.md5(name.encode()).hexdigest()
    assert portal_name(name) == f"{plain} {digest}"


def test_names_as_measured() -> None:
    assert portal_name("Grüße App") == "Grusse App 15c45065883f71ed9240f27133288dc3"
    assert portal_name("Aurora 2 (beta)") == "Aurora 2 (beta)"


def test_a_list(portal: DeveloperPortal, server: Server) -> None:
    (found,) = find_app_ids(portal)
    assert (found.id, found.identifier, found.name, found.prefix) == (
        "B7JBD8LHAA",
        "com.example.aurora",
        "Aurora",
        "5A997XSHK2",
    )
    teams, listed = server.seen
    assert (teams.method, teams.path, teams.body) == ("POST", f"{ROOT}listTeams.action", b"")
    assert teams.headers["Content-Length"] == "0"
    assert (listed.method, listed.path) == ("POST", f"{ROOT}ios/identifiers/listAppIds.action")
    assert listed.body == b"pageNumber=1&pageSize=500&sort=name%3Dasc&teamId=XXXXXXXXXX"
    for request in server.seen:
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert f"myacinfo={MYACINFO}" in request.headers["Cookie"]
        assert "dqsid" not in request.headers["Cookie"]  # App Store Connect's own


def test_pages(portal: DeveloperPortal, server: Server, answers: Portal) -> None:
    answers.app_ids = [{**APP_ID, "appIdId": f"ID{number}"} for number in range(1000)]
    assert len(find_app_ids(portal)) == 1000
    pages = [each.body.split(b"&")[0] for each in server.seen[1:]]
    assert pages == [b"pageNumber=1", b"pageNumber=2", b"pageNumber=3"]  # a full page may not be the last


def test_the_measured_app_id(portal: DeveloperPortal, server: Server) -> None:
    made = ensure_app_id(portal, "com.ex.new", name="Aurora", services={"push": True})
    assert server.seen[-1].path == f"{ROOT}ios/identifiers/addAppId.action"
    assert server.seen[-1].body == (
        b"gameCenter=on&identifier=com.ex.new&inAppPurchase=on&name=Aurora&push=true&teamId=XXXXXXXXXX&type=explicit"
    )
    assert (made.value.identifier, len(made.changes)) == ("com.ex.new", 1)
    sent = len(server.seen)
    assert ensure_app_id(portal, "com.ex.new", name="Other").changes == ()
    assert "addAppId.action" not in " ".join(paths(server)[sent:])


def test_a_wildcard_and_a_name_of_its_own(portal: DeveloperPortal, server: Server) -> None:
    ensure_app_id(portal, "com.ex.*")
    assert server.seen[-1].body == (b"identifier=com.ex.%2A&name=com+ex&teamId=XXXXXXXXXX&type=wildcard")


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"])
def test_a_lost_answer_is_resolved_by_looking(
    portal: DeveloperPortal, server: Server, answers: Portal, fault: Any
) -> None:
    server.arm("POST", "addAppId", fault)
    made = ensure_app_id(portal, "com.ex.new")
    assert (made.value.identifier, len(made.changes)) == ("com.ex.new", 1)
    assert len(answers.app_ids) == 2


def test_a_change_is_never_repeated_blindly(portal: DeveloperPortal, server: Server) -> None:
    server.arm("POST", "addAppId", Reply(200, "<html>Please wait</html>"))
    with pytest.raises(LostAnswerError, match="all the same"):
        portal.change(APP_IDS, "addAppId.action", "appId", name="X", identifier="y")
    assert server.count("POST", "addAppId") == 1


def test_reads_are_repeated(portal: DeveloperPortal, server: Server, time: Time) -> None:
    server.arm("POST", "listAppIds", Reply(503, "<html>"), Reset(), Reply(200, "<html>Please wait</html>"))
    assert len(find_app_ids(portal)) == 1
    assert len(time.slept) == 3


def test_too_many_requests(portal: DeveloperPortal, server: Server) -> None:
    server.arm("POST", "listAppIds", Reply(429, "", {"Retry-After": "3000"}))
    with pytest.raises(AppleBusyError, match="3000 seconds"):
        find_app_ids(portal)


def test_tokens_are_kept_and_sent(portal: DeveloperPortal, server: Server) -> None:
    """Each answer had a new pair; a change carries the one that came with the list of its kind."""
    find_app_ids(portal)
    find_pass_type_ids(portal)
    ensure_app_id(portal, "com.ex.new")
    pairs = [(each.headers.get("csrf"), each.headers.get("csrf_ts")) for each in server.seen]
    assert paths(server)[-1] == "ios/identifiers/addAppId.action"
    assert pairs == [
        (None, None),  # teams
        ("tok1", "170001"),  # app ids
        ("tok2", "170002"),  # pass types
        ("tok2", "170002"),  # app ids again
        ("tok4", "170004"),  # the change
    ]


def test_a_kind_is_listed_before_its_first_change(portal: DeveloperPortal, server: Server) -> None:
    for _ in range(2):
        portal.change(APP_IDS, "addAppId.action", "appId", name="X", identifier="y")
    assert paths(server) == [
        "listTeams.action",
        "ios/identifiers/listAppIds.action",
        "ios/identifiers/addAppId.action",
        "ios/identifiers/addAppId.action",
    ]
    assert b"pageSize=1&" in server.seen[1].body
    assert server.seen[2].headers["csrf"] == "tok2"
    assert server.seen[3].headers["csrf"] == "tok3"


def test_other_identifiers(portal: DeveloperPortal, answers: Portal, server: Server) -> None:
    answers.answers = {
        "listPassTypeIds.action": envelope(
            {"passTypeIdList": [{"passTypeId": "P1", "identifier": "pass.com.ex", "name": "Pass"}]}
        ),
        "listWebsitePushIds.action": envelope(
            {"websitePushIdList": [{"websitePushId": "W1", "identifier": "web.com.ex", "name": "Web"}]}
        ),
    }
    assert [(each.id, each.identifier) for each in find_pass_type_ids(portal)] == [("P1", "pass.com.ex")]
    assert [(each.id, each.identifier) for each in find_website_push_ids(portal)] == [("W1", "web.com.ex")]
    assert "ios/identifiers/listPassTypeIds.action" in paths(server)


OTHER = TEAM | {"teamId": "ZZZZZZZZZZ", "name": "Second", "currentTeamMember": {"teamMemberId": "MEMBER2"}}


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({"team_id": "ZZZZZZZZZZ"}, "ZZZZZZZZZZ"),
        ({"environment": {"FASTLANE_TEAM_ID": "ZZZZZZZZZZ"}}, "ZZZZZZZZZZ"),
        ({"environment": {"FASTLANE_TEAM_ID": "MEMBER2"}}, "ZZZZZZZZZZ"),
        ({"environment": {"FASTLANE_TEAM_NAME": "Second"}}, "ZZZZZZZZZZ"),
        ({"environment": {"FASTLANE_TEAM_NAME": "Second", "FASTLANE_TEAM_ID": "XXXXXXXXXX"}}, "XXXXXXXXXX"),
        ({"team_id": "XXXXXXXXXX", "environment": {"FASTLANE_TEAM_ID": "ZZZZZZZZZZ"}}, "XXXXXXXXXX"),
        ({"team_id": "XXXXXXXXXX", "environment": {"FASTLANE_TEAM_NAME": "Second"}}, "XXXXXXXXXX"),
    ],
)
def test_a_team_is_named(server: Server, answers: Portal, options: dict[str, Any], chosen: str) -> None:
    answers.teams = [TEAM, OTHER]
    with DeveloperPortal(web_session(server.url), **options) as portal:
        find_app_ids(portal)
        assert portal.team.id == chosen
    assert server.seen[-1].body.endswith(f"teamId={chosen}".encode())
    assert paths(server).count("listTeams.action") == 1


def test_the_sessions_team_decides_at_last(server: Server, answers: Portal) -> None:
    answers.teams = [TEAM, OTHER]
    with DeveloperPortal(web_session(server.url, team_id="ZZZZZZZZZZ")) as portal:
        assert portal.team.name == "Second"
        assert [team.id for team in portal.find_teams()] == ["XXXXXXXXXX", "ZZZZZZZZZZ"]
    answers.teams = [TEAM]
    with DeveloperPortal(web_session(server.url, team_id="GONE")) as portal:
        assert portal.team.name == "Example GmbH"


@pytest.mark.parametrize(
    ("teams", "environment", "code", "words"),
    [
        ([TEAM, OTHER], {}, "team_needed", "several teams. There are: XXXXXXXXXX Example GmbH"),
        ([TEAM], {"FASTLANE_TEAM_ID": "GONE"}, "team_unknown", "no team with the id GONE"),
        ([TEAM, OTHER], {"FASTLANE_TEAM_NAME": "second"}, "team_unknown", "no team with the name second"),
        ([TEAM, TEAM | {"teamId": "ZZZZZZZZZZ"}], {"FASTLANE_TEAM_NAME": "Example GmbH"}, "team_unknown", "several"),
        ([], {}, "team_none", "no team"),
    ],
)  # fmt: skip
def test_teams_that_cannot_be_chosen(
    server: Server, answers: Portal, teams: Any, environment: dict[str, str], code: str, words: str
) -> None:
    answers.teams = teams
    with (
        DeveloperPortal(web_session(server.url), environment=environment) as portal,
        pytest.raises(TeamChoiceError) as caught,
    ):
        find_app_ids(portal)
    assert isinstance(caught.value, CredentialError)
    assert (caught.value.code, [team.id for team in caught.value.teams]) == (
        code,
        [each["teamId"] for each in teams],
    )
    assert words in str(caught.value)
    assert ("FASTLANE_TEAM_ID" in str(caught.value.hint)) == bool(teams)


EXPIRED = refusal(1100, "authentication.failed", "Your session has expired.  Please log in.")


@pytest.mark.parametrize(
    "answer",
    [
        EXPIRED,
        Reply(401, "<html>"),
        Reply(302, "", {"Location": "https://idmsa.apple.com/IDMSWebAuth/signin?x"}),
    ],
    ids=["1100", "401", "302"],
)
@pytest.mark.parametrize("action", ["listTeams", "listAppIds", "addAppId"])
def test_a_dead_face(portal: DeveloperPortal, server: Server, answer: Reply, action: str) -> None:
    server.arm("POST", action, answer)
    with pytest.raises(SessionDeadError) as caught:
        ensure_app_id(portal, "com.ex.new")
    assert (caught.value.face, caught.value.exit_code) == ("developer_portal", 4)
    assert "developer portal" in str(caught.value)
    assert ACCOUNT not in str(caught.value)
    assert server.count("POST", action) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (
            refusal(1200, "webservice.certificate.downloadNotAllowed", "You are not permitted to do this."),
            NotAllowedError, "not_allowed", "not permitted",
        ),
        (refusal(1, None, "Access Unavailable to this team"), NotAllowedError, "not_allowed", "Unavailable"),
        (Reply(403, "<html>"), NotAllowedError, "not_allowed", "403"),
        (
            refusal(9401, None, "An App ID with Identifier &#x27;com.ex.new&#x27; is not available."),
            IdentifierTakenError, "identifier_taken", "Identifier 'com.ex.new' is not",
        ),
        (
            refusal(35, "x", "Please accept the latest Program License Agreement."),
            AgreementNeededError, "agreement_needed", "Program License Agreement",
        ),
        (
            refusal(35, "webservice.x", "Bad &quot;name&quot;.", validationMessages=[
                {"validationKey": "name", "validationUserMessage": "Too &lt;long&gt;."}
            ]),
            PortalError, "webservice.x", 'Bad "name".; Too <long>.',
        ),
        (refusal(7, None, ""), PortalError, "7", "no reason given"),
        (Reply(200, envelope(resultCode="odd")), PortalError, "-1", "no reason given"),
    ],
    ids=["not-allowed", "unavailable", "403", "taken", "agreement", "messages", "silent", "odd"],
)  # fmt: skip
def test_errors(
    portal: DeveloperPortal, server: Server, answer: Reply, kind: type[LaneError], code: str, words: str
) -> None:
    server.arm("POST", "addAppId", answer)
    with pytest.raises(LaneError) as caught:
        ensure_app_id(portal, "com.ex.new")
    error = caught.value
    assert type(error) is kind
    assert error.code == code
    assert words in str(error)
    assert error.where == f"POST {ROOT}ios/identifiers/addAppId.action"
    assert server.count("POST", "addAppId") == 1


@pytest.mark.parametrize(
    "body",
    [envelope(), envelope({"appIds": None}), envelope({"appIds": ["x"]}), envelope({"appIds": 5})],
    ids=["missing", "null", "texts", "number"],
)
def test_an_answer_without_what_it_should_have(
    portal: DeveloperPortal, server: Server, body: dict[str, Any]
) -> None:
    server.arm("POST", "listAppIds", Reply(200, body))
    with pytest.raises(ActionError, match="no appIds") as caught:
        find_app_ids(portal)
    assert caught.value.code == "unexpected_answer"


@pytest.mark.parametrize("body", ["{", "[]", '"resultCode"', "{}", '{"data": []}'])
def test_what_is_no_envelope_is_trouble_on_the_way(
    portal: DeveloperPortal, server: Server, time: Time, body: str
) -> None:
    server.arm("POST", "listAppIds", *[Reply(200, body, {"Content-Type": "application/json"})] * 2)
    assert len(find_app_ids(portal)) == 1
    assert len(time.slept) == 2


def test_a_list_that_does_not_end(portal: DeveloperPortal, answers: Portal) -> None:
    answers.answers = {"listAppIds.action": envelope({"appIds": [APP_ID] * 500})}
    with pytest.raises(ActionError, match="does not end"):
        find_app_ids(portal)


def test_threads_share_a_portal(portal: DeveloperPortal, server: Server) -> None:
    found: list[int] = []

    def ask() -> None:
        found.append(len(find_app_ids(portal)))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 6
    assert paths(server).count("listTeams.action") == 1
