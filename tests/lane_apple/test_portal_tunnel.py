"""The portal's v1 door: requests as measured, and provisioning by a session on the sandbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from apple_web import die, signed_in, web_session
from faults import Lost, Reply, Reset, Seen, Server
from portal_harness import TEAM, envelope, refusal

from lane_apple import (
    AppStoreConnect,
    create_certificate,
    disable_capability,
    enable_capability,
    ensure_bundle_id,
    ensure_device,
    ensure_profile,
    find_bundle_id,
    find_capabilities,
    find_certificates,
    find_profiles,
    revoke_certificate,
    signing_request,
)
from lane_apple._portal.portal import DeveloperPortal
from lane_apple._refusal import NotAllowedError, SessionDeadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apple_harness import Time

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
UDID = "00008140-00AA11BB22CC001E"
HOME = "/services-account/v1/"
BUNDLE = {
    "type": "bundleIds",
    "id": "B1",
    "attributes": {"identifier": "com.ex.new", "name": "New", "platform": "IOS", "seedId": "SEED"},
}


class Tunnel:
    """Answers as the v1 door does; notes what capabilities are on."""

    def __init__(self) -> None:
        self.on: set[str] = set()
        self.pairs = 0

    def __call__(self, request: Seen) -> Reply:
        self.pairs += 1
        tokens = {"csrf": f"tok{self.pairs}", "csrf_ts": f"17000{self.pairs}"}
        return Reply(200, self.answer(request), {"Content-Type": "application/vnd.api+json", **tokens})

    def answer(self, request: Seen) -> Any:
        if request.path.endswith("listTeams.action"):
            return envelope({"teams": [TEAM]})
        body = json.loads(request.body)
        if request.method == "PATCH":
            for part in body["data"]["relationships"]["bundleIdCapabilities"]["data"]:
                name = part["relationships"]["capability"]["data"]["id"]
                (self.on.add if part["attributes"]["enabled"] else self.on.discard)(name)
            return {"data": BUNDLE}
        if request.path.endswith("/bundleIdCapabilities"):
            found = [
                {"type": "bundleIdCapabilities", "id": f"P7GJR49W72_{each}", "attributes": {"settings": []}}
                for each in sorted(self.on)
            ]
            return {"data": found, "links": {}}
        return {"data": BUNDLE if request.path.endswith("/B1") else [BUNDLE], "links": {}}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Tunnel()) as running:
        yield running


@pytest.fixture
def told(server: Server) -> Iterator[AppStoreConnect]:
    with DeveloperPortal(web_session(server.url), sleep=lambda _: None) as portal:
        yield portal.resources


def test_the_measured_search(told: AppStoreConnect, server: Server) -> None:
    told.get("/v1/bundleIds", {"filter[identifier]": "com.ex.new"})
    request = server.seen[-1]
    assert (request.method, request.path) == ("POST", f"{HOME}bundleIds")
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    assert request.headers["X-HTTP-Method-Override"] == "GET"
    assert request.headers["X-Requested-With"] == "XMLHttpRequest"
    assert (request.headers["csrf"], request.headers["csrf_ts"]) == ("tok1", "170001")
    assert json.loads(request.body) == {
        "urlEncodedQueryParams": "filter%5Bidentifier%5D=com.ex.new",
        "teamId": "XXXXXXXXXX",
    }


def test_the_measured_change(told: AppStoreConnect, server: Server) -> None:
    made = enable_capability(told, "B1", "PUSH_NOTIFICATIONS")
    (request,) = [each for each in server.seen if each.method == "PATCH"]
    assert request.path == f"{HOME}bundleIds/B1"
    assert request.headers["Content-Type"] == "application/json"
    assert "X-HTTP-Method-Override" not in request.headers
    assert json.loads(request.body) == {
        "data": {
            "type": "bundleIds",
            "id": "B1",
            "attributes": {
                "permissions": {"edit": True, "delete": True},
                "seedId": "SEED",
                "teamId": "XXXXXXXXXX",
            },
            "relationships": {
                "bundleIdCapabilities": {
                    "data": [
                        {
                            "type": "bundleIdCapabilities",
                            "attributes": {"enabled": True, "settings": []},
                            "relationships": {
                                "capability": {"data": {"type": "capabilities", "id": "PUSH_NOTIFICATIONS"}}
                            },
                        }
                    ]
                }
            },
        }
    }
    assert (made.value.id, made.value.type) == ("P7GJR49W72_PUSH_NOTIFICATIONS", "PUSH_NOTIFICATIONS")
    assert enable_capability(told, "B1", "PUSH_NOTIFICATIONS").changes == ()
    assert len(disable_capability(told, "B1", "PUSH_NOTIFICATIONS").changes) == 1
    assert find_capabilities(told, "B1") == []
    assert disable_capability(told, "B1", "PUSH_NOTIFICATIONS").changes == ()


def test_settings_as_measured(told: AppStoreConnect, server: Server) -> None:
    enable_capability(
        told, "B1", "DATA_PROTECTION", {"DATA_PROTECTION_PERMISSION_LEVEL": "COMPLETE_PROTECTION"}
    )
    (request,) = [each for each in server.seen if each.method == "PATCH"]
    (part,) = json.loads(request.body)["data"]["relationships"]["bundleIdCapabilities"]["data"]
    assert part["attributes"]["settings"] == [
        {"key": "DATA_PROTECTION_PERMISSION_LEVEL", "options": [{"key": "COMPLETE_PROTECTION"}]}
    ]


def test_a_new_resource_carries_the_team(told: AppStoreConnect, server: Server) -> None:
    """One of the kind is listed before the first change."""
    server.arm(
        "POST", f"{HOME}devices$", Reply(200, {"data": [], "links": {}}, {"csrf": "own", "csrf_ts": "5"})
    )
    server.arm("POST", f"{HOME}devices$", Reply(201, {"data": {"type": "devices", "id": "D1"}}))
    assert told.create("devices", {"udid": UDID}, {}).id == "D1"
    listed, made = server.seen[-2:]
    assert json.loads(listed.body) == {"urlEncodedQueryParams": "limit=1", "teamId": "XXXXXXXXXX"}
    assert listed.headers["X-HTTP-Method-Override"] == "GET"
    assert (made.headers["csrf"], made.headers["csrf_ts"]) == ("own", "5")
    assert made.headers["Content-Type"] == "application/vnd.api+json"
    assert "X-HTTP-Method-Override" not in made.headers
    assert json.loads(made.body) == {
        "data": {"type": "devices", "attributes": {"udid": UDID, "teamId": "XXXXXXXXXX"}}
    }


def test_a_removal(told: AppStoreConnect, server: Server) -> None:
    assert told.delete("certificates", "C1")
    request = server.seen[-1]
    assert (request.method, request.path) == ("POST", f"{HOME}certificates/C1")
    assert request.headers["X-HTTP-Method-Override"] == "DELETE"
    assert json.loads(request.body) == {"urlEncodedQueryParams": "", "teamId": "XXXXXXXXXX"}


def test_links_go_through_the_tunnel(told: AppStoreConnect, server: Server) -> None:
    link = "https://developer.apple.com/services-account/v1/bundleIds?cursor=AB.%3D&limit=1"
    server.arm("POST", f"{HOME}bundleIds$", Reply(200, {"data": [BUNDLE], "links": {"next": link}}))
    assert len(list(told.find("/v1/bundleIds"))) == 2
    assert server.seen[-1].path == f"{HOME}bundleIds"
    assert json.loads(server.seen[-1].body)["urlEncodedQueryParams"] == "cursor=AB.%3D&limit=1"


@pytest.mark.parametrize(
    "answer",
    [
        Reply(401, "<html>"),
        Reply(401, {"errors": [{"status": "401", "code": "NOT_AUTHORIZED", "detail": "x"}]}),
        refusal(1100, "authentication.failed", "Your session has expired.  Please log in."),
    ],
    ids=["html", "json", "1100"],
)
def test_a_dead_session_is_no_empty_list(told: AppStoreConnect, server: Server, answer: Reply) -> None:
    server.arm("POST", HOME, answer)
    with pytest.raises(SessionDeadError) as caught:
        find_bundle_id(told, "com.ex.new")
    assert caught.value.face == "developer_portal"
    assert str(caught.value.where) == f"GET {HOME}bundleIds"


@pytest.fixture
def resources(sandbox: Sandbox, time: Time, proxy: Server) -> Iterator[AppStoreConnect]:
    """Provisioning by a session, through a proxy that can misbehave."""
    web = signed_in(sandbox, url=proxy.url)
    with DeveloperPortal(web, sleep=time.sleep, clock=time.clock) as portal:
        yield portal.resources


FAULTS = pytest.mark.parametrize(
    "fault", [None, Lost(), Reset(), Reply(502, "<html>")], ids=["none", "lost", "reset", "502"]
)


def lose_first_creation(proxy: Server) -> None:
    """The next thing that is made is made, but its answer is lost. Reads are POSTs, too: a header tells them apart."""
    handle, met = proxy.handle, list[Seen]()

    def losing(request: Seen) -> Any:
        answer = handle(request)
        read = "X-HTTP-Method-Override" in request.headers
        if request.method == "POST" and request.path.startswith(HOME) and not read and not met:
            met.append(request)
            return Lost()
        return answer

    proxy.handle = losing  # type: ignore[method-assign]


@FAULTS
def test_a_bundle_id(resources: AppStoreConnect, apple: AppStoreConnect, proxy: Server, fault: Any) -> None:
    if fault is not None:
        proxy.arm("PATCH", f"{HOME}bundleIds", fault)
        lose_first_creation(proxy)
    made = ensure_bundle_id(resources, f"{AURORA}.widget")
    assert len(made.changes) == 1
    assert find_bundle_id(apple, f"{AURORA}.widget") == made.value
    renamed = ensure_bundle_id(resources, f"{AURORA}.widget", name="Widget")
    assert (renamed.value.name, len(renamed.changes)) == ("Widget", 1)
    assert ensure_bundle_id(resources, f"{AURORA}.widget", name="Widget").changes == ()


@FAULTS
def test_a_capability(resources: AppStoreConnect, apple: AppStoreConnect, proxy: Server, fault: Any) -> None:
    bundle_id = ensure_bundle_id(resources, AURORA).value.id
    if fault is not None:
        proxy.arm("PATCH", f"{HOME}bundleIds", fault)
    setting = {"DATA_PROTECTION_PERMISSION_LEVEL": "COMPLETE_PROTECTION"}
    made = enable_capability(resources, bundle_id, "DATA_PROTECTION", setting)
    assert len(made.changes) == 1
    on = {each.type for each in find_capabilities(apple, bundle_id)}
    assert "DATA_PROTECTION" in on
    assert on == {each.type for each in find_capabilities(resources, bundle_id)}
    assert enable_capability(resources, bundle_id, "DATA_PROTECTION").changes == ()
    assert len(disable_capability(resources, bundle_id, "DATA_PROTECTION").changes) == 1
    assert "DATA_PROTECTION" not in {each.type for each in find_capabilities(apple, bundle_id)}
    assert disable_capability(resources, bundle_id, "DATA_PROTECTION").changes == ()


def test_the_rest_of_provisioning(resources: AppStoreConnect) -> None:
    """Certificates, devices and profiles are the official API's resources here, too."""
    certificate = create_certificate(resources, "DEVELOPMENT", signing_request("Aurora")).value
    assert certificate in find_certificates(resources, ["DEVELOPMENT"])
    device = ensure_device(resources, udid=UDID, name="Lab").value
    profile = ensure_profile(
        resources,
        name="Aurora CI",
        profile_type="IOS_APP_DEVELOPMENT",
        bundle_id=ensure_bundle_id(resources, AURORA).value.id,
        certificates=[certificate.id],
        devices=[device.id],
    ).value
    assert [each.uuid for each in find_profiles(resources, name="Aurora CI")] == [profile.uuid]
    assert len(revoke_certificate(resources, certificate).changes) == 1


def test_a_role_that_is_too_weak(sandbox: Sandbox, time: Time) -> None:
    web = signed_in(sandbox, roles=("MARKETING",))
    with (
        DeveloperPortal(web, sleep=time.sleep, clock=time.clock) as portal,
        pytest.raises(NotAllowedError),
    ):
        ensure_bundle_id(portal.resources, f"{AURORA}.widget")


def test_a_dead_face(sandbox: Sandbox, time: Time) -> None:
    web = signed_in(sandbox)
    with DeveloperPortal(web, sleep=time.sleep, clock=time.clock) as portal:
        assert find_bundle_id(portal.resources, AURORA)
        die(sandbox, web, "developer_portal")
        with pytest.raises(SessionDeadError):
            find_bundle_id(portal.resources, AURORA)
