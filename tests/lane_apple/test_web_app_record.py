"""An app record through the web door: the request as measured, lost answers, refusals, who sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from apple_harness import Time
from apple_web import web_session
from faults import Lost, Reply, Reset, Seen, Server

from lane import CredentialError
from lane_apple import AppStoreConnect, LostAnswerError, WaitedTooLongError
from lane_apple._app_record import create_app_record
from lane_apple._app_record_error import AppRecordError
from lane_apple._users import UserNotFoundError, find_users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple import ApiKey

# Measured (private-endpoints.md, 4.2): what fastlane sends for this app.
MEASURED = json.loads("""
{"data": {"type": "apps",
  "attributes": {"sku": "SKU1", "primaryLocale": "en-US", "bundleId": "com.ex.new"},
  "relationships": {
    "appStoreVersions": {"data": [{"type": "appStoreVersions", "id": "${store-version-IOS}"}]},
    "appInfos": {"data": [{"type": "appInfos", "id": "${new-appInfo-id}"}]}}},
 "included": [
  {"type": "appInfos", "id": "${new-appInfo-id}", "relationships": {"appInfoLocalizations": {"data": [
      {"type": "appInfoLocalizations", "id": "${new-appInfoLocalization-id}"}]}}},
  {"type": "appInfoLocalizations", "id": "${new-appInfoLocalization-id}",
   "attributes": {"locale": "en-US", "name": "My App"}},
  {"type": "appStoreVersions", "id": "${store-version-IOS}", "attributes": {"platform": "IOS", "versionString": "1.0"},
   "relationships": {"appStoreVersionLocalizations": {"data": [
      {"type": "appStoreVersionLocalizations", "id": "${new-IOSVersionLocalization-id}"}]}}},
  {"type": "appStoreVersionLocalizations", "id": "${new-IOSVersionLocalization-id}",
   "attributes": {"locale": "en-US"}}]}
""")


class Store:
    """Keeps app records, and lists each only after so many looks; knows two people."""

    def __init__(self) -> None:
        self.apps: list[dict[str, Any]] = []
        self.looks = 0
        self.listed_after = 0
        self.visible: dict[str, list[str]] = {"u1": [], "u2": []}

    def __call__(self, request: Seen) -> Reply:
        assert request.headers["x-csrf-itc"] == "[asc-ui]"
        if request.path.startswith("/iris/v1/users"):
            return self.users(request)
        if request.method == "POST":
            attributes = json.loads(request.body)["data"]["attributes"]
            if attributes["bundleId"] in [app["attributes"]["bundleId"] for app in self.apps]:
                return refusal("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "/data/attributes/bundleId")
            self.apps.append(
                {"type": "apps", "id": "6450000900", "attributes": {**attributes, "name": "My App"}}
            )
            self.looks = 0
            return Reply(201, {"data": self.apps[-1]})
        self.looks += 1
        return Reply(200, {"data": self.apps if self.looks > self.listed_after else [], "links": {}})

    def users(self, request: Seen) -> Reply:
        user = request.path.split("?")[0].split("/")
        if request.method == "POST":
            self.visible[user[4]] += [each["id"] for each in json.loads(request.body)["data"]]
            return Reply(204)
        if len(user) > 4:
            shown = self.visible[user[4]]
            return Reply(200, {"data": [{"type": "apps", "id": each} for each in shown], "links": {}})
        return Reply(
            200, {"data": [self.user("u1", "Ada", False), self.user("u2", "Olive", True)], "links": {}}
        )

    def user(self, identifier: str, name: str, everything: bool) -> dict[str, Any]:
        linked = [{"type": "apps", "id": each} for each in self.visible[identifier]]
        attributes = {
            "username": f"{name.lower()}@example.com",
            "firstName": name,
            "lastName": "Example",
            "roles": ["DEVELOPER"],
            "allAppsVisible": everything,
        }
        relationships = {"visibleApps": {"data": linked}}
        return {"type": "users", "id": identifier, "attributes": attributes, "relationships": relationships}


def refusal(code: str, pointer: str | None = None) -> Reply:
    problem: dict[str, Any] = {"status": "409", "code": code, "title": "A title", "detail": "Because."}
    if pointer is not None:
        problem["source"] = {"pointer": pointer}
    return Reply(409, {"errors": [problem]})


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def server(store: Store) -> Iterator[Server]:
    with Server(store) as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def apple(server: Server, time: Time) -> Iterator[AppStoreConnect]:
    with AppStoreConnect(web_session(server.url), sleep=time.sleep, clock=time.clock) as client:
        yield client


def posted(server: Server) -> list[Any]:
    return [json.loads(each.body) for each in server.seen if each.method == "POST"]


def make(apple: AppStoreConnect, **options: Any) -> Any:
    return create_app_record(apple, "com.ex.new", **{"name": "My App", "sku": "SKU1"} | options)


def test_the_request_is_the_measured_one(apple: AppStoreConnect, server: Server) -> None:
    made = make(apple)
    assert posted(server) == [MEASURED]
    assert server.seen[1].path == "/iris/v1/apps"
    assert server.seen[1].headers["Content-Type"] == "application/json"
    assert (made.value.id, made.value.bundle_id, made.value.name) == ("6450000900", "com.ex.new", "My App")
    (change,) = made.changes
    assert (change.what, change.before, change.after["sku"]) == ("apps/6450000900", None, "SKU1")


def test_a_record_that_is_there_stays_as_it_is(apple: AppStoreConnect, server: Server) -> None:
    first = make(apple)
    again = make(apple, name="Another", sku="SKU2")
    assert (again.value, again.changes) == (first.value, ())
    assert len(posted(server)) == 1


def test_several_platforms_and_a_first_app(apple: AppStoreConnect, server: Server) -> None:
    make(
        apple,
        platforms=["IOS", "VISION_OS"],
        company_name="Example GmbH",
        primary_locale="de-DE",
        version="0.1",
    )
    (body,) = posted(server)
    assert body["data"]["attributes"]["companyName"] == "Example GmbH"
    versions = body["data"]["relationships"]["appStoreVersions"]["data"]
    assert [each["id"] for each in versions] == ["${store-version-IOS}", "${store-version-VISION_OS}"]
    included = {each["id"]: each for each in body["included"]}
    assert included["${store-version-VISION_OS}"]["attributes"] == {
        "platform": "VISION_OS",
        "versionString": "0.1",
    }
    assert included["${new-VISION_OSVersionLocalization-id}"]["attributes"] == {"locale": "de-DE"}
    assert included["${new-appInfoLocalization-id}"]["attributes"] == {"locale": "de-DE", "name": "My App"}
    assert len(included) == 6


def test_it_waits_until_it_is_listed(apple: AppStoreConnect, store: Store, time: Time) -> None:
    store.listed_after = 4
    make(apple)
    assert time.slept == [15.0] * 4


def test_it_does_not_wait_for_ever(apple: AppStoreConnect, store: Store, time: Time) -> None:
    store.listed_after = 1000
    with pytest.raises(WaitedTooLongError, match=r"com\.ex\.new"):
        make(apple, deadline=40)
    assert time.slept == [15.0, 15.0, 10.0]


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"])
@pytest.mark.parametrize("listed_after", [0, 3])
def test_a_lost_answer(
    apple: AppStoreConnect, server: Server, store: Store, fault: Any, listed_after: int
) -> None:
    """It is looked for; where Apple lists it late, a second try is told that it exists, and that is waited for."""
    store.listed_after = listed_after
    server.arm("POST", "/iris/v1/apps", fault)
    made = make(apple)
    assert made.value.id == "6450000900"
    assert len(made.changes) == 1
    assert len(store.apps) == 1


def test_answers_that_are_always_lost(apple: AppStoreConnect, server: Server) -> None:
    server.arm("POST", "/iris/v1/apps", *[Reset()] * 3)
    with pytest.raises(LostAnswerError):
        make(apple)


INVALID = "ENTITY_ERROR.ATTRIBUTE.INVALID"


@pytest.mark.parametrize(
    ("code", "pointer", "ours", "words"),
    [
        (f"{INVALID}.DUPLICATE.DIFFERENT_ACCOUNT", "/included/1/name", "name_taken", "Another account"),
        (f"{INVALID}.DUPLICATE.DIFFERENT_ACCOUNT", None, "name_taken", "Another account"),
        (
            f"{INVALID}.DUPLICATE.SAME_ACCOUNT",
            "/included/1/name",
            "name_taken_by_you",
            "Another app of yours",
        ),
        (f"{INVALID}.DUPLICATE.SAME_ACCOUNT", None, "name_taken_by_you", "Another app of yours"),
        (f"{INVALID}.INVALID_CHARACTERS", "/included/1/name", "name_refused", "name My App"),
        (f"{INVALID}", "/data/attributes/bundleId", "bundle_id_unknown", "bundle id com.ex.new"),
        (f"{INVALID}.DUPLICATE", "/data/attributes/bundleId", "bundle_id_taken", "com.ex.new"),
        (f"{INVALID}", "/data/attributes/sku", "sku_refused", "SKU1"),
        (f"{INVALID}.DUPLICATE", "/data/attributes/sku", "sku_taken", "SKU1"),
        (f"{INVALID}", "/data/attributes/primaryLocale", "locale_refused", "en-US"),
        (f"{INVALID}", "/included/1/attributes/locale", "locale_refused", "en-US"),
        ("STATE_ERROR.SOMETHING", None, "STATE_ERROR.SOMETHING", "Because."),
    ],
)
def test_refusals_are_told_apart(
    apple: AppStoreConnect, server: Server, time: Time, code: str, pointer: str | None, ours: str, words: str
) -> None:
    server.arm("POST", "/iris/v1/apps", refusal(code, pointer))
    with pytest.raises(Exception, match=words) as caught:
        make(apple)
    error = caught.value
    assert isinstance(error, AppRecordError) == ours.islower()
    assert error.code == ours  # type: ignore[attr-defined]
    assert "Because." in str(error)
    assert time.slept == []


def test_a_lost_answer_and_then_a_name_that_is_taken(
    apple: AppStoreConnect, server: Server, time: Time
) -> None:
    """The first try was never carried out: there is nothing to wait for."""
    server.arm("POST", "/iris/v1/apps", Reset(), refusal(f"{INVALID}.DUPLICATE.DIFFERENT_ACCOUNT"))
    with pytest.raises(AppRecordError) as caught:
        make(apple)
    assert caught.value.code == "name_taken"
    assert time.slept == [1.0]


def test_another_run_that_was_faster(apple: AppStoreConnect, server: Server, store: Store) -> None:
    class Faster(AppStoreConnect):
        def create(self, *args: Any, **options: Any) -> Any:
            super().create(*args, **options)
            return super().create(*args, **options)

    assert make(apple).changes
    store.apps.clear()
    faster = Faster(web_session(server.url), sleep=apple.sleep, clock=apple.clock)
    made = make(faster)
    assert (made.value.id, made.changes) == ("6450000900", ())


def test_a_key_is_told_who_can(key: ApiKey) -> None:
    with Server(lambda request: Reply(200, {"data": [], "links": {}})) as server:
        apple = AppStoreConnect(key, base_url=server.url)
        with apple, pytest.raises(CredentialError) as caught:
            make(apple)
        assert caught.value.code == "apple_id_needed"
        assert [each.method for each in server.seen] == ["GET"]


def test_a_key_finds_what_is_there(key: ApiKey, sandbox: object) -> None:
    with AppStoreConnect(key) as apple:
        found = create_app_record(apple, "com.example.aurora", name="X", sku="Y", users=["ada@example.com"])
    assert (found.value.name, found.changes) == ("Aurora", ())


def test_people(apple: AppStoreConnect) -> None:
    ada, olive = find_users(apple)
    assert (ada.email, ada.name, ada.roles) == ("ada@example.com", "Ada Example", ("DEVELOPER",))
    assert (ada.all_apps_visible, olive.all_apps_visible) == (False, True)
    assert find_users(apple, ["Ada@example.com"]) == [ada]


@pytest.mark.parametrize("fault", [None, Lost(), Reset()], ids=["none", "lost", "reset"])
def test_people_see_it(apple: AppStoreConnect, server: Server, store: Store, fault: Any) -> None:
    if fault is not None:
        server.arm("POST", "/iris/v1/users", fault)
    people = ["ada@example.com", "olive@example.com"]
    made = make(apple, users=people)
    assert store.visible == {"u1": ["6450000900"], "u2": []}
    assert [change.what for change in made.changes] == ["apps/6450000900", "users/u1 visibleApps"]
    assert make(apple, users=people).changes == ()


def test_people_who_are_not_there_are_found_out_first(apple: AppStoreConnect, server: Server) -> None:
    with pytest.raises(UserNotFoundError, match=r"nobody@example\.com"):
        make(apple, users=["ada@example.com", "nobody@example.com"])
    assert posted(server) == []
