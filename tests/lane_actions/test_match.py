"""`match`: real repositories, in every format that fastlane has written them in."""

from __future__ import annotations

import http.server
import json
import os
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from match_harness import BUNDLE, FILES, filled, matched, refusal, signing
from signing_store import IDENTITY, PASSPHRASE, TEAM, Made, Store, certificate, encrypted

from lane import ActionError, CredentialError, PlanError, Secret, TransientError, lane
from lane.testing import FakeContext, run, trace
from lane_actions import match
from lane_actions._match_encryption import WrongPassphraseError, decrypt
from lane_actions._profile_file import read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def made() -> Made:
    """A distribution certificate; keys take long to make."""
    return certificate()


@pytest.fixture(scope="session")
def other() -> Made:
    """Another one."""
    return certificate("Apple Distribution: Example 2 (ABCDE12345)", days=200)


@pytest.fixture
def store(tmp_path: Path, made: Made) -> Store:
    """A repository with one certificate and one profile."""
    return filled(Store(tmp_path / "certificates"), made)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Lanefile's folder."""
    folder = tmp_path / "my app"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The passphrase, and a home that is nobody's."""
    monkeypatch.setenv("MATCH_PASSWORD", PASSPHRASE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LANE_RUNS_ON", raising=False)


# Reading


@pytest.mark.parametrize("form", ["md5", "sha256", "v2"])
def test_every_format_of_encryption(tmp_path: Path, project: Path, made: Made, form: Any) -> None:
    store = Store(tmp_path / "store", format=form)
    store.add_certificate("CERT1", made)
    uuid = store.add_profile(BUNDLE, made)
    store.commit()
    found = signing(matched(project, store))
    assert (found.type, found.team_id, found.identity) == ("appstore", TEAM, IDENTITY)
    assert (found.profile.name, found.profile.uuid) == (f"match AppStore {BUNDLE}", uuid)
    assert found.certificates == ["CERT1"]
    assert found.expires == found.profile.expires
    assert found.expires.utcoffset() is not None
    assert found.keychain is None
    laid = sorted(
        str(each.relative_to(project / "signing"))
        for each in (project / "signing").rglob("*")
        if each.is_file()
    )
    assert laid == [".gitignore", *FILES]
    assert (project / "signing" / FILES[0]).read_bytes() == made.der
    assert (project / "signing" / FILES[1]).read_bytes() == made.key
    assert found.profile.path == project / "signing" / FILES[2]
    assert read_profile(found.profile.path.read_bytes(), found.profile.path).uuid == uuid


def test_keys_are_for_nobody_else_and_not_for_git(project: Path, store: Store) -> None:
    signing(matched(project, store))
    signing(matched(project, store))
    key = project / "signing" / FILES[1]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((project / "signing").stat().st_mode) == 0o700
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    said = subprocess.run(
        ["git", "status", "--porcelain", "--", "signing"], cwd=project, capture_output=True, check=True
    )
    assert said.stdout == b""


def test_no_secret_is_left_with_the_run(project: Path, store: Store, made: Made) -> None:
    signing(matched(project, store))
    kept = [path for path in (project / ".lane").rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in kept)
    for path in kept:
        content = path.read_bytes()
        assert PASSPHRASE.encode() not in content
        assert b"PRIVATE KEY" not in content


def test_a_passphrase_of_its_own_comes_before_the_environments(
    project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCH_PASSWORD", "another one")
    monkeypatch.setenv("LANE_MATCH__PASSPHRASE", PASSPHRASE)
    signing(matched(project, store))


@pytest.mark.parametrize("form", ["md5", "sha256", "v2"])
def test_a_wrong_passphrase(
    tmp_path: Path, project: Path, made: Made, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store", format=form)
    store.add_certificate("CERT1", made)
    store.add_profile(BUNDLE, made)
    store.commit()
    monkeypatch.setenv("MATCH_PASSWORD", "Tr0ub4dor&3")
    message, hint = refusal(matched(project, store))
    # In the first format noise may open: it is refused for what it is not.
    assert "does not open profiles/appstore" in message or "is no provisioning profile" in message
    assert "passphrase" in message + hint
    assert "Tr0ub4dor" not in message + hint
    assert not (project / "signing").exists()


def test_without_a_passphrase(project: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATCH_PASSWORD")
    message, hint = refusal(matched(project, store))
    assert "no passphrase" in message
    assert "MATCH_PASSWORD" in hint


def test_of_two_openings_the_one_that_looks_right_is_taken() -> None:
    """MD5 opens one file in 256 that was encrypted with SHA-256, to noise (fastlane #21663): this is one."""
    sealed = b"U2FsdGVkX1/cnzHUIN2eNz301NFSv6qG62h0PLAXFNE=\n"
    noise = decrypt(sealed, Secret(PASSPHRASE), "file", looks_right=lambda _: True)
    assert noise != b"a certificate"
    found = decrypt(sealed, Secret(PASSPHRASE), "file", looks_right=lambda each: each.startswith(b"a"))
    assert found == b"a certificate"


def test_a_damaged_file_is_not_opened(made: Made) -> None:
    sealed = bytearray(encrypted(made.der, PASSPHRASE, "v2"))
    sealed[200] = ord("A") if sealed[200] != ord("A") else ord("B")
    with pytest.raises(WrongPassphraseError):
        decrypt(bytes(sealed), Secret(PASSPHRASE), "file", looks_right=lambda _: True)
    with pytest.raises(ActionError, match="not encrypted as fastlane match does it"):
        decrypt(made.der, Secret(PASSPHRASE), "file", looks_right=lambda _: True)


# What is in the repository


def test_a_missing_profile_tells_what_is_there(project: Path, store: Store) -> None:
    message, hint = refusal(matched(project, store, bundle_id="com.example.other"))
    assert "no profile profiles/appstore/AppStore_com.example.other.mobileprovision" in message
    assert f"AppStore_{BUNDLE}.mobileprovision" in hint
    assert "fastlane match appstore -a com.example.other" in hint


def test_a_missing_certificate_and_one_without_its_key(project: Path, store: Store) -> None:
    (store.folder / FILES[1]).unlink()
    store.commit()
    message, hint = refusal(matched(project, store))
    assert "no certificate for appstore" in message
    assert "CERT1 lack their private keys" in message
    assert "distribution" in hint


def test_an_expired_profile(project: Path, store: Store, made: Made) -> None:
    store.add_profile(BUNDLE, made, days=-2)
    store.commit()
    message, hint = refusal(matched(project, store))
    assert "expired on" in message
    assert "force: true" in hint


def test_an_expired_certificate(project: Path, store: Store) -> None:
    old = certificate(days=-2)
    store.add_certificate("CERT1", old)
    store.add_profile(BUNDLE, old)
    store.commit()
    message, _ = refusal(matched(project, store))
    assert "The certificate CERT1" in message
    assert "expired on" in message


def test_a_profile_of_another_certificate(project: Path, store: Store, other: Made) -> None:
    store.add_profile(BUNDLE, other)
    store.commit()
    message, _ = refusal(matched(project, store))
    assert "allows none of the repository's certificates (CERT1)" in message


def test_a_key_of_another_certificate(project: Path, store: Store, other: Made) -> None:
    store.write(FILES[1], other.key)
    store.commit()
    message, _ = refusal(matched(project, store))
    assert "CERT1.p12 is not the private key of certs/distribution/CERT1.cer" in message


def test_a_profile_of_another_team_or_app(project: Path, store: Store, made: Made) -> None:
    message, _ = refusal(matched(project, store, team_id="ZZZZZ99999"))
    assert f"of the team {TEAM}, not of ZZZZZ99999" in message
    store.add_profile(BUNDLE, made, app_id=f"{TEAM}.com.example.elsewhere")
    store.commit()
    message, _ = refusal(matched(project, store))
    assert f"is for {TEAM}.com.example.elsewhere, not for {BUNDLE}" in message


def test_a_wildcard_profile_fits(project: Path, store: Store, made: Made) -> None:
    store.add_profile(BUNDLE, made, app_id=f"{TEAM}.com.example.*")
    store.commit()
    signing(matched(project, store))


def test_of_several_certificates_those_that_the_profile_allows(
    project: Path, store: Store, other: Made
) -> None:
    store.add_certificate("CERT2", other)
    store.add_profile(BUNDLE, other)
    store.commit()
    found = signing(matched(project, store))
    assert found.certificates == ["CERT2"]
    assert found.identity.startswith("Apple Distribution: Example 2")
    assert found.expires < found.profile.expires  # the certificate ends first


def test_extensions_have_profiles_of_their_own(project: Path, store: Store, made: Made) -> None:
    store.add_profile(f"{BUNDLE}.widget", made)
    store.commit()
    found = signing(matched(project, store, extensions=[f"{BUNDLE}.widget"]))
    assert [each.bundle_id for each in found.profiles] == [BUNDLE, f"{BUNDLE}.widget"]


@pytest.mark.parametrize(
    ("options", "certificates", "folder", "file"),
    [
        ({"type": "adhoc"}, "distribution", "adhoc", f"AdHoc_{BUNDLE}.mobileprovision"),
        ({"type": "development"}, "development", "development", f"Development_{BUNDLE}.mobileprovision"),
        ({"type": "enterprise"}, "enterprise", "enterprise", f"InHouse_{BUNDLE}.mobileprovision"),
        (
            {"type": "developer_id", "platform": "macos"},
            "developer_id_application",
            "developer_id",
            f"Direct_{BUNDLE}.provisionprofile",
        ),
        ({"platform": "tvos"}, "distribution", "appstore", f"AppStore_{BUNDLE}_tvos.mobileprovision"),
    ],
)
def test_types_and_platforms(
    tmp_path: Path, project: Path, made: Made, options: Any, certificates: str, folder: str, file: str
) -> None:
    store = Store(tmp_path / "store")
    store.add_certificate("CERT1", made, kind=certificates)
    store.add_profile(BUNDLE, made, kind=folder, file=file)
    store.commit()
    found = signing(matched(project, store, **options))
    assert found.profile.path == project / "signing" / "profiles" / folder / file


# Fetching


def test_another_branch(project: Path, store: Store, made: Made) -> None:
    store.git("checkout", "--quiet", "-b", "team/two")
    store.add_profile("com.example.borealis", made)
    store.commit()
    store.git("checkout", "--quiet", "master")
    signing(matched(project, store, git_branch="team/two", bundle_id="com.example.borealis"))
    message, hint = refusal(matched(project, store, git_branch="nope"))
    assert message.endswith("has no branch nope.")
    assert "master" in hint


def test_no_repository_and_no_network(project: Path, store: Store, tmp_path: Path) -> None:
    message, _ = refusal(matched(project, store, git_url=str(tmp_path / "nothing")))
    assert "cannot be cloned" in message
    ctx = FakeContext(project, environment={"MATCH_PASSWORD": PASSPHRASE})
    ctx.answer("git", stderr="fatal: unable to access: Could not resolve host: example.com", returncode=128)
    with pytest.raises(TransientError, match="Could not resolve host"):
        match.function(ctx, readonly=True, git_url="https://example.com/x", bundle_id=BUNDLE)


def test_ssh_asks_nobody(project: Path) -> None:
    ctx = FakeContext(project, environment={"MATCH_PASSWORD": PASSPHRASE})
    ctx.answer("git", stderr="git@example.com: Permission denied (publickey).", returncode=128)
    with pytest.raises(CredentialError, match="Permission denied") as caught:
        match.function(ctx, readonly=True, git_url="git@example.com:x.git", bundle_id=BUNDLE)
    assert "deploy key" in str(caught.value.hint)
    (program,) = ctx.programs
    assert program.env == {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


@contextmanager
def served(store: Store, authorization: str) -> Iterator[str]:
    """The repository over HTTP, by git's own server, for those who show a header."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != authorization:
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            variables = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(store.folder.parent),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=variables, capture_output=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            self.send_response(200)
            for line in head.decode().splitlines():
                self.send_header(*line.split(": ", 1))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{store.folder.name}/.git"
        server.shutdown()
        thread.join()


def test_over_http_the_password_goes_by_the_environment_only(
    project: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCH_GIT_BASIC_AUTHORIZATION", "dXNlcjpodW50ZXIyaHVudGVyMg==")
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True)
    spy.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/said"\nexec {real.stdout.strip()} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")
    with served(store, "Basic dXNlcjpodW50ZXIyaHVudGVyMg==") as url:
        signing(matched(project, store, git_url=url))
        said = (tmp_path / "said").read_text()
        monkeypatch.delenv("MATCH_GIT_BASIC_AUTHORIZATION")
        message, hint = refusal(matched(project, store, git_url=url))
    assert "clone" in said
    assert "dXNlc" not in said
    assert "cannot be read" in message
    assert "MATCH_GIT_BASIC_AUTHORIZATION" in hint


# The plan


@lane
def writing() -> None:
    """What is not built."""
    match(readonly=False, git_url="x")


def test_reading_needs_no_apple_auth_and_writing_is_refused_in_the_plan() -> None:
    modes = match.auth
    assert callable(modes)
    assert modes(type("Options", (), {"readonly": True})) == []
    assert [mode.name for mode in modes(type("Options", (), {"readonly": False}))] == ["api_key"]
    with pytest.raises(PlanError, match=r"does not make certificates and profiles yet") as caught:
        trace(writing)
    assert "match(readonly=True)" in str(caught.value)


def planned(folder: Path, call: str, **variables: str) -> dict[str, Any]:
    """The plan of a lane with this call."""
    (folder / "Lanefile.py").write_text(
        "from lane import app, lane\nfrom lane_actions import match\n\n"
        f'app(bundle_id="{BUNDLE}", team_id="{TEAM}")\n\n\n@lane\ndef sign() -> None:\n    {call}\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "lane", "plan", "sign", "--ci", "--format", "json"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    plan: dict[str, Any] = json.loads(done.stdout)
    return plan


def test_the_plan_says_what_is_missing(project: Path) -> None:
    (error,) = planned(project, "match(readonly=True)")["errors"]
    assert "needs the option 'git_url'" in error["message"]
    assert "LANE_MATCH__GIT_URL" in error["hint"]
    plan = planned(project, "match(readonly=True)", LANE_MATCH__GIT_URL="git@example.com:certificates.git")
    (step,) = plan["jobs"][0]["steps"]
    assert (step["modes"], plan["verdict"]["unattended"], plan["verdict"]["ready"]) == (["none"], True, True)


def test_a_password_in_the_address_is_refused(project: Path) -> None:
    (error,) = planned(project, 'match(readonly=True, git_url="https://me:hunter2@example.com/x")')["errors"]
    assert "git_authorization" in error["message"]


def test_nor_does_git_get_one_from_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANE_MATCH__GIT_URL", "https://me:hunter3hunter3@127.0.0.1:9/x")
    with pytest.raises(PlanError, match="git_authorization") as refused:
        run(match, project, readonly=True, bundle_id=BUNDLE)
    assert "hunter3" not in str(refused.value)
