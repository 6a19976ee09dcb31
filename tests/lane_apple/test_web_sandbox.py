"""The same resource functions by a session, on the sandbox: builds, dSYMs, a new app record, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from apple_web import die, signed_in
from faults import Lost, Reply, Reset, Server

from lane_apple import (
    AppNotFoundError,
    AppStoreConnect,
    add_to_beta_groups,
    download_dsyms,
    ensure_beta_group,
    find_app,
    find_beta_groups,
    find_build_bundles,
    find_builds,
    find_live_build,
    read_package,
    set_whats_new,
    upload_build,
    wait_for_upload,
)
from lane_apple._app_record import create_app_record
from lane_apple._app_record_error import AppRecordError
from lane_apple._refusal import NotAllowedError, SessionDeadError
from lane_apple._users import find_users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apple_harness import Time

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
NEW = "com.example.borealis.new"


@pytest.fixture
def web(sandbox: Sandbox, time: Time) -> Iterator[AppStoreConnect]:
    """A client with the session of the account holder."""
    with AppStoreConnect(signed_in(sandbox), sleep=time.sleep, clock=time.clock) as client:
        yield client


@pytest.fixture
def through_web(sandbox: Sandbox, time: Time, proxy: Server) -> Iterator[AppStoreConnect]:
    """The same, through a proxy that can misbehave."""
    session = signed_in(sandbox, url=proxy.url)
    with AppStoreConnect(session, sleep=time.sleep, clock=time.clock) as client:
        yield client


def test_both_doors_show_the_same(apple: AppStoreConnect, web: AppStoreConnect) -> None:
    app = find_app(apple, AURORA)
    assert find_app(web, AURORA) == app
    assert list(find_builds(web, app.id)) == list(find_builds(apple, app.id)) != []
    assert find_live_build(web, app.id) == find_live_build(apple, app.id) is not None
    assert find_beta_groups(web, app.id) == find_beta_groups(apple, app.id)
    assert find_users(web) == find_users(apple)
    with pytest.raises(AppNotFoundError, match="this Apple ID no app"):
        find_app(web, "com.example.nothing")


def test_a_build_and_its_symbols(web: AppStoreConnect, assets: Path, tmp_path: Path) -> None:
    """From the upload to the dSYMs, all of it by a session."""
    package = read_package(assets / "Aurora.ipa")
    app = find_app(web, AURORA)
    sent = upload_build(
        web,
        assets / "Aurora.ipa",
        app_id=app.id,
        version=package.version,
        number=package.build_number,
        platform=package.platform,
    )
    build = wait_for_upload(web, sent.id)
    set_whats_new(web, build.id, "Faster start")
    group = ensure_beta_group(web, app.id, "Beta testers").value
    add_to_beta_groups(web, build.id, [group])
    targets = {
        bundle: tmp_path / f"{bundle.bundle_id}.zip"
        for bundle in find_build_bundles(web, build.id)
        if bundle.dsym_url is not None
    }
    downloaded = download_dsyms(web, targets)
    assert {each.bundle_id for each in downloaded} >= {AURORA}
    assert all(each.uuids for each in downloaded)


def registered(apple: AppStoreConnect) -> None:
    apple.create("bundleIds", {"identifier": NEW, "name": "New", "platform": "IOS"}, {})


@pytest.mark.parametrize(
    "fault", [None, Lost(), Reset(), Reply(502, "<html>")], ids=["none", "lost", "reset", "502"]
)
def test_an_app_record(
    apple: AppStoreConnect, through_web: AppStoreConnect, proxy: Server, fault: Any
) -> None:
    registered(apple)
    if fault is not None:
        proxy.arm("POST", "/iris/v1/apps$", fault)
    options: dict[str, Any] = {
        "name": "Borealis New",
        "sku": "NEW-1",
        "platforms": ["IOS", "MAC_OS"],
        "company_name": "Example",
        "users": ["ada@example.com"],
    }
    made = create_app_record(through_web, NEW, **options)
    assert [change.what.partition("/")[0] for change in made.changes] == ["apps", "users"]
    assert find_app(apple, NEW) == made.value
    versions = apple.find(f"/v1/apps/{made.value.id}/appStoreVersions")
    assert {(each.attributes["platform"], each.attributes["versionString"]) for each in versions} == {
        ("IOS", "1.0"),
        ("MAC_OS", "1.0"),
    }
    (ada,) = find_users(apple, ["ada@example.com"])
    assert made.value.id in ada.visible_apps
    assert create_app_record(through_web, NEW, **options).changes == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Aurora"}, "name_taken_by_you"),
        ({"sku": "AURORA-IOS"}, "sku_taken"),
        ({"primary_locale": "xx-XX"}, "locale_refused"),
    ],
)
def test_refusals(apple: AppStoreConnect, web: AppStoreConnect, changes: dict[str, Any], code: str) -> None:
    registered(apple)
    with pytest.raises(AppRecordError) as caught:
        create_app_record(web, NEW, **{"name": "Borealis New", "sku": "NEW-1"} | changes)
    assert caught.value.code == code


def test_a_bundle_id_that_nobody_registered(web: AppStoreConnect) -> None:
    with pytest.raises(AppRecordError) as caught:
        create_app_record(web, NEW, name="Borealis New", sku="NEW-1")
    assert caught.value.code == "bundle_id_unknown"


def test_a_dead_session(sandbox: Sandbox, time: Time) -> None:
    session = signed_in(sandbox)
    with AppStoreConnect(session, sleep=time.sleep, clock=time.clock) as client:
        die(sandbox, session, "developer_portal")
        find_app(client, AURORA)  # the other face lives on
        die(sandbox, session, "app_store_connect")
        with pytest.raises(SessionDeadError) as caught:
            find_app(client, AURORA)
    assert caught.value.face == "app_store_connect"


def test_a_role_that_is_too_weak(sandbox: Sandbox, apple: AppStoreConnect, time: Time) -> None:
    registered(apple)
    session = signed_in(sandbox, roles=("DEVELOPER",))
    with (
        AppStoreConnect(session, sleep=time.sleep, clock=time.clock) as client,
        pytest.raises(NotAllowedError),
    ):
        create_app_record(client, NEW, name="Borealis New", sku="NEW-1")
