"""Other people's clients, unchanged, against the sandbox: Apple's host is redirected inside their process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_client import IPHONE_40, png

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("LANE_PEERS") or ROOT / ".peers")
STORIES = Path(__file__).with_name("peers")
PYTHON = PEERS / "bin" / "python"
MODULES = PEERS / "node_modules"
ABSENT = "needs the clients in tests/lane_sandbox/peers: `make peers` installs them"


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A sandbox of its own for each story; its links are as in life."""
    with Sandbox(apple_host=True, processing_seconds=0.0) as sandbox:
        yield sandbox


def environment(sandbox: Sandbox, home: Path) -> dict[str, str]:
    """What a story needs to know, and a home that is nobody's."""
    key = sandbox.keys[0]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PEER_SANDBOX": sandbox.url,
        "PEER_KEY_ID": key.key_id,
        "PEER_ISSUER_ID": str(key.issuer_id),
        "PEER_PRIVATE_KEY": key.private_key_path.read_text(),
        "PEER_MODULES": str(MODULES) + "/",
    }


def run(command: list[str], sandbox: Sandbox, home: Path) -> str:
    """Run a story; what it prints."""
    done = subprocess.run(
        command,
        env=environment(sandbox, home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr + str(sandbox.requests()[-3:])
    return done.stdout


def python_story(name: str, *arguments: str) -> list[str]:
    """The command of a story in Python; skipped where the clients are not installed."""
    if not PYTHON.is_file():
        pytest.skip(ABSENT)
    return [str(PYTHON), str(STORIES / name), *arguments]


def node_story(name: str, *arguments: str) -> list[str]:
    """The command of a story in JavaScript; skipped where the clients are not installed."""
    node = shutil.which("node")
    if node is None or not MODULES.is_dir():
        pytest.skip(ABSENT)
    return [node, str(STORIES / name), *arguments]


def steps(sandbox: Sandbox, *ends: str) -> list[tuple[object, str, object]]:
    """The requests whose paths end so: method, path without its query, status."""
    found = [
        (each["method"], str(each["path"]).partition("?")[0], each["status"]) for each in sandbox.requests()
    ]
    return [each for each in found if each[1].endswith(ends)]


def test_codemagic_as_a_library(server: Sandbox, tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads(run(python_story("codemagic_story.py"), server, tmp_path))
    state, uuid = told.pop("profile")
    assert (state, len(uuid)) == ("ACTIVE", 36)
    assert "iPhone Distribution" in told.pop("certificate")
    assert told == {
        "app": "Aurora",
        "train": "1.1.0",
        "beta": "READY_FOR_BETA_SUBMISSION",
        "capabilities": ["PUSH_NOTIFICATIONS"],
        "in profile": [True, True, True],
        "beta review": "WAITING_FOR_REVIEW",
        "notes": "Better.",
        "texts": ["en-US", "Aurora shows where the northern lights are."],
        "phased": "ACTIVE",
        "review": "READY_FOR_REVIEW",
    }


def test_codemagic_fetches_signing_files(server: Sandbox, tmp_path: Path) -> None:
    """The certificate is matched with the private key, the profile is decoded: both must be real."""
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    team = server.keys[0]
    arguments = [
        "fetch-signing-files", "com.example.borealis", "--type", "IOS_APP_STORE", "--create", "--json",
        "--issuer-id", str(team.issuer_id), "--key-id", team.key_id,
        "--private-key", f"@file:{team.private_key_path}", "--certificate-key", f"@file:{key}",
        "--certificates-dir", str(tmp_path / "certificates"), "--profiles-dir", str(tmp_path / "profiles"),
        "--disable-jwt-cache",
    ]  # fmt: skip
    run(python_story("codemagic_command.py", *arguments), server, tmp_path)
    assert len(list((tmp_path / "certificates").glob("*.p12"))) == 1
    assert len(list((tmp_path / "profiles").glob("*.mobileprovision"))) == 1
    again = len(server.requests())
    run(python_story("codemagic_command.py", *arguments), server, tmp_path)
    assert {each["method"] for each in server.requests()[again:]} == {"GET"}


def test_codemagic_finds_the_latest_build_number(server: Sandbox, tmp_path: Path) -> None:
    team = server.keys[0]
    arguments = [
        "get-latest-build-number", "6450000101", "--issuer-id", str(team.issuer_id), "--key-id", team.key_id,
        "--private-key", f"@file:{team.private_key_path}", "--disable-jwt-cache",
    ]  # fmt: skip
    assert run(python_story("codemagic_command.py", *arguments), server, tmp_path).strip() == "41"


def test_asconnect(server: Sandbox, tmp_path: Path) -> None:
    image = tmp_path / "one.png"
    image.write_bytes(png(*IPHONE_40))
    told = json.loads(run(python_story("asconnect_story.py", str(image)), server, tmp_path))
    assert told == {
        "app": ["Aurora", False],
        "beta": "READY_FOR_BETA_SUBMISSION",
        "notes": ["de-DE", "en-US"],
        "users": ["owner@example.com", "ada@example.com"],
        "version": ["1.1.1", "PREPARE_FOR_SUBMISSION"],
        "screenshot": "one.png",
        "phased": "INACTIVE",
        "contact": "review@example.com",
        "infos": ["PREPARE_FOR_SUBMISSION", "READY_FOR_SALE"],
        "category": "PRODUCTIVITY",
    }


@pytest.mark.parametrize("way", ["sms", "device"])
def test_pyicloud(server: Sandbox, tmp_path: Path, way: str) -> None:
    """Up to and including the trust; then it turns to iCloud, which is not here."""
    arguments = ["olive@example.com", "Aurora-Borealis-1", way, str(tmp_path)]
    told = json.loads(run(python_story("pyicloud_story.py", *arguments), server, tmp_path))
    assert told == {
        "wrong password": "Invalid email/password combination.",
        "needs a code": True,
        "way": "sms",
        "wrong code": False,
        "trust token": True,
        "cookies": ["DES", "aasp", "dslang", "myacinfo", "site"],
    }
    place = "phone" if way == "sms" else "trusteddevice"
    assert steps(server, "/signin/complete", "/securitycode", "/2sv/trust") == [
        ("POST", "/appleauth/auth/signin/complete", 401),
        ("POST", "/appleauth/auth/signin/complete", 409),
        ("POST", f"/appleauth/auth/verify/{place}/securitycode", 400),
        ("POST", f"/appleauth/auth/verify/{place}/securitycode", 200 if way == "sms" else 204),
        ("GET", "/appleauth/auth/2sv/trust", 204),
        ("POST", "/appleauth/auth/signin/complete", 200),
    ]


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("teams@example.com", "Aurora-Borealis-5", {"switched": "Example Labs", "team": "FGHIJ67890"}),
        ("sms@example.com", "Aurora-Borealis-2", {"team": "ABCDE12345"}),
        ("shared@example.com", "Aurora-Borealis-3", {"team": "ABCDE12345"}),
    ],
)
def test_expo(server: Sandbox, tmp_path: Path, email: str, password: str, told: dict[str, str]) -> None:
    """Devices, one phone, several phones; a wrong code first; then sessions, teams, and the cookies once more."""
    found = json.loads(run(node_story("expo_story.mjs", email, password, "000000"), server, tmp_path))
    providers = ["Example Team", "Example Labs"] if "switched" in told else ["Example Team"]
    assert found == {
        "who": email,
        "provider": "Example Team",
        "providers": providers,
        "restored": email,
        **told,
    }
    assert [status for _, _, status in steps(server, "/securitycode")] in ([400, 204], [400, 200])


@pytest.mark.parametrize("path", ["/logout", "/olympus/v1/app/config"])
def test_expo_with_one_way_to_the_key(server: Sandbox, tmp_path: Path, path: str) -> None:
    server.arm([{"kind": "error", "path": path, "status": 404, "body": "html", "count": None}])
    story = node_story("expo_story.mjs", "plain@example.com", "Aurora-Borealis-6")
    assert json.loads(run(story, server, tmp_path))["who"] == "plain@example.com"


def test_expo_at_the_web_doors(server: Sandbox, tmp_path: Path) -> None:
    """An identifier with capabilities, an app record, a certificate, a device, a profile: all with a session."""
    story = node_story("expo_doors.mjs", "plain@example.com", "Aurora-Borealis-6")
    assert json.loads(run(story, server, tmp_path)) == {
        "capabilities": ["ICLOUD", "PUSH_NOTIFICATIONS"],
        "found": True,
        "taken": True,
        "app": "Peers of Apple",
        "listed": True,
        "version": "1.0",
        "refused": True,
        "p12": True,
        "devices": 3,
        "profile": "ACTIVE",
        "again": "ACTIVE",
        "certificates": 2,
    }


def test_rage_against_the_pixel(server: Sandbox, tmp_path: Path) -> None:
    told = json.loads(run(node_story("rage_story.mjs"), server, tmp_path))
    assert told == {
        "app": "Aurora",
        "groups": ["Beta testers", "Team"],
        "made": "Peers",
        "tester": True,
        "next": "https://api.appstoreconnect.apple.com/v1/devices",
        "devices": ["Ada's iPhone", "Grace's iPad"],
        "refused": [409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"],
    }
