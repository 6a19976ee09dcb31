"""The client drives Prism, a mock made of Apple's description alone, for every operation that it uses.

Excepted are the loops that wait for Apple (`wait_for_upload`, `wait_for_build`), whose requests are driven one by
one: Prism keeps no state, so nothing would ever come of them. Nor can it take parts of files.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

import lane_apple
from lane import ActionError
from lane_apple import (
    ApiKey,
    AppStoreConnect,
    BetaGroup,
    BetaTester,
    Certificate,
    Profile,
    signing_request,
)
from lane_apple import _profiles as profiles
from lane_apple import _uploads as uploads
from lane_apple import _users as users

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PRISM = Path(os.environ.get("LANE_PRISM") or ROOT / ".peers" / "node_modules" / ".bin" / "prism")
FILLER = "string"  # what Prism says wherever there is a text
BUILD = {"version": "1.2.0", "number": "42", "platform": "IOS"}
GROUP = BetaGroup(FILLER, FILLER, internal=False, has_access_to_all_builds=False)

DRIVEN = {
    "DELETE /v1/betaGroups/{}/relationships/betaTesters",
    "DELETE /v1/bundleIdCapabilities/{}",
    "DELETE /v1/certificates/{}",
    "DELETE /v1/profiles/{}",
    "GET /v1/appInfos/{}/appInfoLocalizations",
    "GET /v1/appStoreVersions/{}/appStoreVersionLocalizations",
    "GET /v1/apps",
    "GET /v1/apps/{}/appInfos",
    "GET /v1/apps/{}/appStoreVersions",
    "GET /v1/apps/{}/buildUploads",
    "GET /v1/betaAppReviewSubmissions",
    "GET /v1/betaBuildLocalizations",
    "GET /v1/betaGroups",
    "GET /v1/betaTesters",
    "GET /v1/buildUploadFiles/{}",
    "GET /v1/buildUploads/{}",
    "GET /v1/buildUploads/{}/buildUploadFiles",
    "GET /v1/builds",
    "GET /v1/builds/{}",
    "GET /v1/bundleIds",
    "GET /v1/bundleIds/{}/bundleIdCapabilities",
    "GET /v1/certificates",
    "GET /v1/devices",
    "GET /v1/profiles",
    "GET /v1/profiles/{}/certificates",
    "GET /v1/profiles/{}/devices",
    "GET /v1/users",
    "GET /v1/users/{}/relationships/visibleApps",
    "PATCH /v1/appInfoLocalizations/{}",
    "PATCH /v1/appStoreVersionLocalizations/{}",
    "PATCH /v1/betaBuildLocalizations/{}",
    "PATCH /v1/betaGroups/{}",
    "PATCH /v1/buildUploadFiles/{}",
    "PATCH /v1/builds/{}",
    "PATCH /v1/bundleIdCapabilities/{}",
    "PATCH /v1/bundleIds/{}",
    "PATCH /v1/devices/{}",
    "POST /v1/appInfoLocalizations",
    "POST /v1/appStoreVersionLocalizations",
    "POST /v1/betaAppReviewSubmissions",
    "POST /v1/betaBuildLocalizations",
    "POST /v1/betaGroups",
    "POST /v1/betaGroups/{}/relationships/betaTesters",
    "POST /v1/betaTesters",
    "POST /v1/buildUploadFiles",
    "POST /v1/buildUploads",
    "POST /v1/builds/{}/relationships/betaGroups",
    "POST /v1/bundleIdCapabilities",
    "POST /v1/bundleIds",
    "POST /v1/certificates",
    "POST /v1/devices",
    "POST /v1/profiles",
    "POST /v1/users/{}/relationships/visibleApps",
}
"""Every operation of the client: a new one is added here, and driven below."""
WEB_ONLY = {"POST /v1/apps"}  # the web door's alone: Apple's description does not have it


@pytest.fixture(scope="module")
def prism(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's address, once it listens."""
    if not PRISM.exists():
        pytest.skip("needs Prism: `make peers` installs it where npm is there; LANE_PRISM may name it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    document = tmp_path_factory.mktemp("prism") / "apple.json"
    description = (shared / "apple" / "app-store-connect-openapi.core.json").read_text()
    document.write_text(json.dumps(lenient(json.loads(description))))
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), str(document)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        said: list[str] = []
        settled = threading.Event()

        def listen() -> None:
            """To its end: Prism stops where nobody reads what it says."""
            for line in running.stdout or ():
                said.append(line)
                if "Prism is listening" in line:
                    settled.set()
            settled.set()

        reader = threading.Thread(target=listen)
        reader.start()
        settled.wait(60)
        try:
            assert running.poll() is None, "".join(said)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.kill()
            reader.join()


def lenient(description: dict[str, Any]) -> dict[str, Any]:
    """Prism looks for a required parameter `filter[build]` as `filter%5bbuild%5d`, which no request can have."""
    for item in description["paths"].values():
        for parameter in item.get("get", {}).get("parameters", ()):
            if "[" in parameter["name"]:
                parameter["required"] = False
    return description


class Driven:
    """Notes each operation and what Prism made of it; ends lists, which Prism never does."""

    def __init__(self) -> None:
        self.statuses: dict[str, set[int]] = {}
        self.session = requests.Session()
        self.session.hooks["response"].append(self._note)

    def _note(self, response: requests.Response, **_: Any) -> None:
        path = urlsplit(response.url).path
        operation = f"{response.request.method} {re.sub(f'(?<=/){FILLER}(?=/|$)', '{}', path)}"
        self.statuses.setdefault(operation, set()).add(response.status_code)
        if response.content:
            body = response.json()
            if isinstance(body, dict) and "next" in body.get("links", {}):
                del body["links"]["next"]
                response._content = json.dumps(body).encode()


@pytest.fixture(scope="module")
def driven() -> Iterator[Driven]:
    noted = Driven()
    with noted.session:
        yield noted


@pytest.fixture
def apple(key: ApiKey, prism: str, driven: Driven) -> AppStoreConnect:
    return AppStoreConnect(key, base_url=prism, session=driven.session, sleep=lambda _: None)


def reads(apple: AppStoreConnect) -> None:
    lane_apple.find_app(apple, FILLER)
    list(lane_apple.find_builds(apple, FILLER, version="1", number="2", platform="IOS", state="VALID"))
    lane_apple.get_build(apple, FILLER)
    lane_apple.latest_build_number(apple, FILLER, version="1", platform="IOS")
    lane_apple.find_build_bundles(apple, FILLER)
    lane_apple.find_beta_groups(apple, FILLER)
    lane_apple.find_bundle_id(apple, FILLER)
    list(lane_apple.find_devices(apple, platform="IOS", enabled=True))
    lane_apple.find_app_store_versions(apple, FILLER, version="1", platform="IOS")
    lane_apple.find_app_infos(apple, FILLER)
    lane_apple.find_version_texts(apple, FILLER)
    lane_apple.find_app_texts(apple, FILLER)
    lane_apple.find_live_build(apple, FILLER, platform="IOS")
    lane_apple.find_beta_review(apple, FILLER)


def uploading(apple: AppStoreConnect) -> None:
    """What `upload_build` asks, and `wait_for_upload`; the parts that Prism makes up cover no file."""
    upload = uploads.create_build_upload(apple, FILLER, **BUILD)
    assert lane_apple.get_build_upload(apple, upload.id).id == FILLER
    uploads.create_build_upload_file(apple, upload.id, name="a.ipa", size=10, uti="com.apple.ipa")
    uploads.get_build_upload_file(apple, FILLER)
    uploads.commit_build_upload_file(apple, FILLER, algorithm="SHA_256", digest="0" * 64)
    uploads.commit_build_upload_file(apple, FILLER, algorithm=None, digest=None)
    lane_apple.is_sent_file(apple, upload.id, __file__)


def distributing(apple: AppStoreConnect) -> None:
    lane_apple.set_whats_new(apple, FILLER, "Faster.", locale=FILLER)
    lane_apple.set_whats_new(apple, FILLER, "Faster.", locale="de-DE")
    other = BetaGroup("other", "Other", internal=False, has_access_to_all_builds=False)
    lane_apple.add_to_beta_groups(apple, FILLER, [other])
    lane_apple.ensure_beta_group(
        apple, FILLER, FILLER, public_link=False, public_link_limit=5, feedback=False
    )
    lane_apple.ensure_beta_group(apple, FILLER, "Nightly", internal=True, has_access_to_all_builds=True)
    lane_apple.add_beta_testers(apple, GROUP, [BetaTester("new@example.com", "New", "Tester")])
    apple.relate(f"/v1/betaGroups/{FILLER}/relationships/betaTesters", "betaTesters", [FILLER])
    testers = list(lane_apple.find_beta_testers(apple, GROUP.id))
    lane_apple.remove_beta_testers(apple, GROUP, [testers[0].email])
    lane_apple.submit_to_beta_review(apple, FILLER)
    apple.create("betaAppReviewSubmissions", {}, {"build": ("builds", FILLER)})
    apple.update("builds", FILLER, {"expired": True})
    lane_apple.expire_build(apple, FILLER)


def provisioning(apple: AppStoreConnect) -> None:
    lane_apple.ensure_bundle_id(apple, FILLER, name="Aurora")
    lane_apple.ensure_bundle_id(apple, "com.example.new", name="New")
    found = lane_apple.find_capabilities(apple, FILLER)[0]
    lane_apple.enable_capability(
        apple, FILLER, found.type, {"DATA_PROTECTION_PERMISSION_LEVEL": "COMPLETE_PROTECTION"}
    )
    lane_apple.enable_capability(apple, FILLER, "PUSH_NOTIFICATIONS")
    lane_apple.enable_capability(apple, FILLER, "ICLOUD", {"ICLOUD_VERSION": "XCODE_6"})
    lane_apple.disable_capability(apple, FILLER, found.type)
    lane_apple.ensure_device(apple, udid=FILLER, name="Lab")
    lane_apple.ensure_device(apple, udid="00008140-00AA11BB22CC001E", name="Lab")


TEXTS = {"description": "A game.", "keywords": "game"}


def texts(apple: AppStoreConnect) -> None:
    lane_apple.ensure_version_texts(apple, FILLER, FILLER, TEXTS)
    lane_apple.ensure_version_texts(apple, FILLER, "de-DE", TEXTS)
    lane_apple.ensure_app_texts(apple, FILLER, FILLER, {"name": "Aurora"})
    lane_apple.ensure_app_texts(apple, FILLER, "de-DE", {"name": "Aurora"})


def signing(apple: AppStoreConnect) -> None:
    """Prism's certificates and profiles are no base64, which the client says once it has them."""
    request = signing_request("CI")
    unreadable = pytest.raises(ActionError, match="not what Apple's description says")
    with unreadable:
        lane_apple.find_certificates(apple, ["DEVELOPMENT"])
    with unreadable:
        lane_apple.create_certificate(apple, "DEVELOPMENT", request)
    with unreadable:
        lane_apple.find_profiles(apple, name=FILLER, profile_type="IOS_APP_STORE")
    profile = Profile(
        FILLER, FILLER, "IOS_APP_STORE", FILLER, active=True, expires=None, bundle_id=None, content=b""
    )
    assert not profiles._holds(apple, profile, ["other"], ["other"])
    assert not profiles._holds(apple, profile, [FILLER], ["other"])
    with unreadable:
        profiles._create(apple, "CI", "IOS_APP_DEVELOPMENT", FILLER, [FILLER], [FILLER])
    lane_apple.delete_profile(apple, profile)
    certificate = Certificate(FILLER, FILLER, "DEVELOPMENT", FILLER, expires=None, content=b"")
    lane_apple.revoke_certificate(apple, certificate)


def people(apple: AppStoreConnect) -> None:
    lane_apple.find_users(apple)
    user = lane_apple.User(FILLER, FILLER, FILLER, (), all_apps_visible=False, visible_apps=frozenset())
    assert users.show_app(apple, FILLER, [user]).changes
    list(apple.find(f"/v1/users/{FILLER}/relationships/visibleApps"))


STORIES = (reads, uploading, distributing, provisioning, texts, signing, people)


def test_prism_takes_every_request(apple: AppStoreConnect, driven: Driven) -> None:
    for story in STORIES:
        story(apple)
    assert {name: codes for name, codes in driven.statuses.items() if not codes <= {200, 201, 202, 204}} == {}
    assert sorted(driven.statuses) == sorted(DRIVEN)


def test_every_operation_of_the_client_is_driven() -> None:
    """The paths and the types that stand in the client's source, against the list."""
    source = "\n".join(path.read_text() for path in Path(lane_apple.__file__).parent.glob("_*.py"))
    paths = {re.sub(r"\{[^}]*\}", "{}", path) for path in re.findall(r'"(/v1/[^"]+)"', source)}
    generic = {"/v1/profiles/{}/{}", "/v1/{}", "/v1/{}/{}", "/v1/{}/{}/{}"}
    assert paths - generic <= {each.partition(" ")[2] for each in DRIVEN}
    for name, method in (("create", "POST"), ("update", "PATCH"), ("delete", "DELETE")):
        for kind in re.findall(rf'apple\.{name}\(\s*"(\w+)"', source):
            wanted = f"{method} /v1/{kind}" + ("" if method == "POST" else "/{}")
            assert wanted in DRIVEN | WEB_ONLY
