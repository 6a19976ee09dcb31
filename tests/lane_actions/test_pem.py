"""`pem`: push certificates of every type, made when they are needed, and whole on disk."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest
from actions_harness import StepContext, ledger
from apple_id_harness import Person, jobs, probed
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from engine import Engine

from lane import ActionError, CredentialError, PersonNeededError, Secret, lane
from lane.testing import call, run
from lane_actions import PushCertificate, pem
from lane_apple import (
    DeveloperPortal,
    IdentifierNotFoundError,
    PushType,
    TooManyCertificatesError,
    find_push_certificates,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lane_apple import AppStoreConnect

AURORA = "com.example.aurora"
PASSWORD = "canary-of-the-p12"
OWNERS = {"website": "web.com.example.aurora", "pass-type": "pass.com.example.aurora"}


@pytest.fixture
def portal(person: Person) -> Iterator[DeveloperPortal]:
    """A client of the portal, to look at what came of an action."""
    with DeveloperPortal(person.credential().web) as client:
        yield client


@pytest.fixture
def signed_in(person: Person, portal: DeveloperPortal) -> StepContext:
    """A context for the person, who is signed in."""
    return StepContext(person.folder, auth="apple_id", credential=person.credential())


@lane
def renew(active_days_limit: int = 30, revoke: list[str] | None = None) -> None:
    """Have a push certificate."""
    pem(
        bundle_id=AURORA,
        p12_password=Secret(PASSWORD),
        active_days_limit=active_days_limit,
        revoke=revoke,
    )


def openssl(*words: str, password: str = "") -> str:
    """What openssl says; an AssertionError if it does not like the files."""
    done = subprocess.run(
        ["openssl", *words],
        env={**os.environ, "PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_files_are_what_openssl_reads(person: Person, tmp_path: Path) -> None:
    person.signs_in()
    outcome = run(renew, tmp_path)
    assert outcome.exit_code == 0, outcome.steps["pem"].message
    made = outcome.outputs["pem"]
    assert isinstance(made, PushCertificate)
    assert made.pem == tmp_path / "push" / "production_com.example.aurora_ios.pem"
    public = openssl("x509", "-in", str(made.pem), "-noout", "-pubkey")
    assert openssl("pkey", "-in", str(made.key), "-pubout") == public
    assert openssl("pkey", "-in", str(made.pem), "-pubout") == public
    assert openssl("x509", "-inform", "DER", "-in", str(made.certificate), "-noout", "-pubkey") == public
    opened = openssl("pkcs12", "-in", str(made.p12), "-passin", "env:PASSWORD", "-nodes", password=PASSWORD)
    assert "friendlyName: production" in opened
    assert opened.count("-----BEGIN CERTIFICATE-----") == 1
    assert opened.count("PRIVATE KEY-----") == 2
    serial = openssl("x509", "-in", str(made.pem), "-noout", "-serial").strip()
    assert int(serial.partition("=")[2], 16) == int(made.serial_number, 16)
    assert made.expires > datetime.now(UTC)
    wrong = subprocess.run(
        ["openssl", "pkcs12", "-in", str(made.p12), "-passin", "pass:wrong", "-nodes"],
        capture_output=True,
        check=False,
    )
    assert wrong.returncode != 0


def test_nobody_else_can_read_the_keys(person: Person, tmp_path: Path) -> None:
    person.signs_in()
    before = os.umask(0)
    try:
        made = run(renew, tmp_path).outputs["pem"]
    finally:
        os.umask(before)
    modes = {
        path.suffix: path.stat().st_mode & 0o777 for path in (made.key, made.pem, made.p12, made.certificate)
    }
    assert modes == {".pkey": 0o600, ".pem": 0o600, ".p12": 0o600, ".cer": 0o644}
    folder = tmp_path / "push"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert len([*folder.iterdir()]) == 5


def test_a_certificate_that_is_good_costs_no_sign_in(
    person: Person, keyless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing at all is asked of Apple, and its job is not in the plan."""
    person.signs_in()
    made = run(renew, tmp_path).outputs["pem"]
    monkeypatch.setenv("LANE_SESSIONS", str(tmp_path / "no sessions"))
    before = len(person.sandbox.requests())
    assert jobs(probed(tmp_path, renew)) == {}
    seen = Engine(tmp_path).begin(renew, probe=True)
    assert (seen.code, seen.states) == (0, {"pem": "satisfied"})
    assert len(person.sandbox.requests()) == before
    assert made.pem.exists()


@pytest.mark.parametrize("days", [30, 10_000])
def test_a_second_run_without_a_probe(
    person: Person, portal: DeveloperPortal, tmp_path: Path, days: int
) -> None:
    """With days enough nothing is made; with too few there is a new one, for a new key."""
    person.signs_in()
    first = run(renew, tmp_path).outputs["pem"]
    key, entries = first.key.read_bytes(), ledger(tmp_path)
    second = run(renew, tmp_path, active_days_limit=days).outputs["pem"]
    kept = days == 30
    assert (second == first) == kept
    assert (second.key.read_bytes() == key) == kept
    assert len(find_push_certificates(portal, "production", AURORA)) == (1 if kept else 2)
    assert (ledger(tmp_path) == entries) == kept


def test_what_was_made_and_revoked_stands_in_the_ledger(
    person: Person, portal: DeveloperPortal, tmp_path: Path
) -> None:
    person.signs_in()
    run(renew, tmp_path)
    (first,) = find_push_certificates(portal, "production", AURORA)
    outcome = run(renew, tmp_path, active_days_limit=10_000, revoke=[first.id])
    assert outcome.exit_code == 0, outcome.steps["pem"].message
    (second,) = find_push_certificates(portal, "production", AURORA)
    one, two = (
        {"type": "production", "owner": AURORA, "serialNumber": each.serial_number}
        for each in (first, second)
    )
    assert ledger(tmp_path) == [
        (f"certificates/{first.id}", None, one),
        (f"certificates/{first.id}", one, None),
        (f"certificates/{second.id}", None, two),
    ]
    again = run(renew, tmp_path, revoke=[first.id])
    assert again.outputs == outcome.outputs
    assert "is revoked already" in "\n".join(again.steps["pem"].log)
    assert len(ledger(tmp_path)) == 3


@pytest.mark.parametrize("kind", get_args(PushType))
def test_every_type(
    signed_in: StepContext, portal: DeveloperPortal, apple: AppStoreConnect, kind: Any
) -> None:
    owner = OWNERS.get(kind, AURORA)
    if kind.startswith("macos-"):
        owner = f"{AURORA}.mac"
        apple.create("bundleIds", {"identifier": owner, "name": "Mac", "platform": "MAC_OS"}, {})
    made = call(pem, signed_in, type=kind, identifier=owner)
    (found,) = find_push_certificates(portal, kind, owner)
    assert int(found.serial_number, 16) == int(made.serial_number, 16)
    assert (made.type, made.identifier) == (kind, owner)
    certificate = x509.load_pem_x509_certificate(made.pem.read_bytes())
    assert load_pem_private_key(made.key.read_bytes(), None).public_key() == certificate.public_key()
    assert call(pem, signed_in, type=kind, identifier=owner) == made
    assert ("key for push" in signed_in.text) == (kind not in OWNERS)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"type": "development"}, "development_com.example.aurora_ios"),
        ({"type": "website", "identifier": OWNERS["website"]}, "website_web.com.example.aurora_ios"),
        ({"name": "push"}, "push"),
    ],
)
def test_names_of_files(signed_in: StepContext, options: dict[str, Any], name: str) -> None:
    made = call(pem, signed_in, **({"bundle_id": AURORA} | options), output="keys")
    assert made.pem == signed_in.folder / "keys" / f"{name}.pem"


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", ""])
def test_a_name_that_leads_elsewhere(signed_in: StepContext, name: str) -> None:
    if name == "":
        made = call(pem, signed_in, bundle_id=AURORA, name=name)
        assert made.pem.name == "production_com.example.aurora_ios.pem"
        return
    with pytest.raises(ActionError, match="is no name for files"):
        call(pem, signed_in, bundle_id=AURORA, name=name)


# A key that is elsewhere, and certificates that are too many


def test_a_good_one_whose_key_is_elsewhere(person: Person, signed_in: StepContext, tmp_path: Path) -> None:
    made = call(pem, signed_in, bundle_id=AURORA)
    other = StepContext(tmp_path / "other", auth="apple_id", credential=person.credential())
    with pytest.raises(ActionError, match="whose key is not in") as caught:
        call(pem, other, bundle_id=AURORA)
    assert caught.value.code == "key_elsewhere"
    assert "production_com.example.aurora_ios.pkey" in str(caught.value.hint)
    assert other.changes == []
    assert not (tmp_path / "other" / "push").exists()

    (tmp_path / "other" / "push").mkdir(parents=True)
    (tmp_path / "other" / "push" / made.key.name).write_bytes(made.key.read_bytes())
    assert call(pem, other, bundle_id=AURORA).serial_number == made.serial_number
    assert other.changes == []


def test_too_many(signed_in: StepContext, portal: DeveloperPortal) -> None:
    """The error says which there are and how to revoke the one that ends first; that helps."""
    first = call(pem, signed_in, bundle_id=AURORA)
    call(pem, signed_in, bundle_id=AURORA, force=True)
    living = find_push_certificates(portal, "production", AURORA)
    assert len(living) == 2
    with pytest.raises(TooManyCertificatesError) as caught:
        call(pem, signed_in, bundle_id=AURORA, force=True)
    hint = str(caught.value.hint)
    assert all(each.id in hint for each in living)
    oldest = caught.value.certificates[-1].id
    assert f'revoke=["{oldest}"]' in hint
    assert find_push_certificates(portal, "production", AURORA) == living
    third = call(pem, signed_in, bundle_id=AURORA, force=True, revoke=[oldest])
    assert third.serial_number != first.serial_number
    assert oldest not in {each.id for each in find_push_certificates(portal, "production", AURORA)}


def test_the_key_of_an_order_that_failed_is_kept_for_the_next(signed_in: StepContext) -> None:
    call(pem, signed_in, bundle_id=AURORA)
    call(pem, signed_in, bundle_id=AURORA, force=True)
    draft = signed_in.folder / "push" / "production_com.example.aurora_ios.new.pkey"
    with pytest.raises(TooManyCertificatesError):
        call(pem, signed_in, bundle_id=AURORA, force=True)
    kept = draft.read_bytes()
    assert draft.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TooManyCertificatesError):
        call(pem, signed_in, bundle_id=AURORA, force=True)
    assert draft.read_bytes() == kept


# Trouble on the way


@pytest.mark.parametrize(
    "action", ["submitCertificateRequest", "downloadCertificateContent", "listCertRequests"]
)
@pytest.mark.parametrize("kind", ["lost", "reset", "error", "truncated"])
def test_an_answer_that_is_lost_makes_no_second_certificate(
    person: Person, signed_in: StepContext, portal: DeveloperPortal, action: str, kind: str
) -> None:
    person.sandbox.arm([{"kind": kind, "path": f"*/{action}.action"}])
    made = call(pem, signed_in, bundle_id=AURORA)
    (found,) = find_push_certificates(portal, "production", AURORA)
    assert int(found.serial_number, 16) == int(made.serial_number, 16)
    assert [what for what, _, _ in signed_in.changes] == [f"certificates/{found.id}"]


def test_what_was_ordered_is_fetched_by_the_next_run(
    person: Person, signed_in: StepContext, portal: DeveloperPortal
) -> None:
    """The certificate was made, and the run ended before it came."""

    def unplugged() -> None:
        raise KeyboardInterrupt

    signed_in.on_change = unplugged
    with pytest.raises(KeyboardInterrupt):
        call(pem, signed_in, bundle_id=AURORA)
    (found,) = find_push_certificates(portal, "production", AURORA)
    made = call(pem, signed_in, bundle_id=AURORA)
    assert int(made.serial_number, 16) == int(found.serial_number, 16)
    assert len(signed_in.changes) == 1
    assert not any(path.name.endswith(".new.pkey") for path in made.pem.parent.iterdir())


@pytest.mark.parametrize("ending", [".pkey", ".pem", ".p12", ".cer"])
@pytest.mark.parametrize("content", [None, b"", b"\x00\xff" * 40], ids=["gone", "empty", "other"])
def test_files_that_are_damaged_are_written_anew(
    person: Person, signed_in: StepContext, portal: DeveloperPortal, ending: str, content: bytes | None
) -> None:
    """The probe sees it; with the key nothing has to be made, and without it the key is elsewhere."""
    made = call(pem, signed_in, bundle_id=AURORA)
    before = {path: path.read_bytes() for path in made.pem.parent.iterdir()}
    path = made.pem.with_suffix(ending)
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    @lane
    def plain() -> None:
        pem(bundle_id=AURORA)

    assert jobs(probed(person.folder, plain)) == {"main": ["pem"]}
    if ending == ".pkey":
        with pytest.raises(ActionError):
            call(pem, signed_in, bundle_id=AURORA)
        return
    assert call(pem, signed_in, bundle_id=AURORA) == made
    after = {path: path.read_bytes() for path in made.pem.parent.iterdir()}
    assert {each: after[each] for each in after if each != made.p12} == {
        each: before[each] for each in before if each != made.p12
    }
    assert jobs(probed(person.folder, plain)) == {}


def test_another_password_for_the_p12(person: Person, signed_in: StepContext) -> None:
    made = call(pem, signed_in, bundle_id=AURORA)
    assert jobs(probed(person.folder, renew)) == {"main": ["pem"]}
    again = call(pem, signed_in, bundle_id=AURORA, p12_password=Secret(PASSWORD))
    assert again == made
    assert jobs(probed(person.folder, renew)) == {}
    assert "friendlyName" in openssl(
        "pkcs12", "-in", str(made.p12), "-passin", "env:PASSWORD", "-nodes", password=PASSWORD
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "knows no app"),
        ({"bundle_id": "com..example"}, "gets no push certificate"),
        ({"bundle_id": "com.example.*"}, "gets no push certificate"),
        ({"bundle_id": "../../etc/passwd"}, "gets no push certificate"),
        ({"type": "website", "bundle_id": AURORA}, "of the type website"),
        ({"type": "pass-type", "bundle_id": AURORA}, "of the type pass-type"),
    ],
)
def test_what_gets_no_push_certificate(
    person: Person, signed_in: StepContext, options: dict[str, Any], message: str
) -> None:
    before = len(person.sandbox.requests())
    with pytest.raises(ActionError, match=message):
        call(pem, signed_in, **options)
    assert len(person.sandbox.requests()) == before


def test_an_identifier_that_the_team_does_not_have(signed_in: StepContext) -> None:
    with pytest.raises(IdentifierNotFoundError, match=r"com\.example\.nobody"):
        call(pem, signed_in, bundle_id="com.example.nobody")
    kept = [path.name for path in (signed_in.folder / "push").iterdir()]
    assert kept == [".gitignore"], "no key that nobody was asked to certify"


def test_a_key_opens_no_portal(ctx: StepContext) -> None:
    with pytest.raises(CredentialError, match="an Apple ID"):
        call(pem, ctx, bundle_id=AURORA)


def test_a_session_that_only_app_store_connect_knows(
    person: Person, signed_in: StepContext, tmp_path: Path
) -> None:
    person.signs_in()
    person.loses("developer_portal")
    assert Engine(tmp_path).begin(renew).code == 4
    plan = probed(tmp_path, renew)
    assert jobs(plan) == {"attended": ["pem"]}
    assert "it has ended at the developer portal" in plan["jobs"][0]["steps"][0]["why"]


@pytest.mark.parametrize("attended", [True, False])
def test_the_plan_advises_a_key_in_place_of_most_certificates(
    person: Person, tmp_path: Path, attended: bool
) -> None:
    if not attended:
        person.signs_in()

    @lane
    def both() -> None:
        pem(bundle_id=AURORA)
        pem(type="website", identifier="web.com.example")

    told = probed(tmp_path, both)["verdict"]["would_help"]
    (advice,) = [text for text in told if text.startswith("In place of")]
    assert advice.startswith("In place of pem: A key for push (.p8, made once at https://")


def test_a_session_that_ends_at_the_portal_while_it_is_used(person: Person, signed_in: StepContext) -> None:
    person.loses("developer_portal")
    with pytest.raises(PersonNeededError, match="the developer portal asks to sign in"):
        call(pem, signed_in, bundle_id=AURORA)


def test_neither_key_nor_password_is_told(person: Person, tmp_path: Path) -> None:
    person.signs_in()
    made = run(renew, tmp_path).outputs["pem"]
    key = made.key.read_bytes().splitlines()[3]
    private = {made.key, made.pem}
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path not in private]
    assert len(written) > 4
    for path in written:
        content = path.read_bytes()
        assert PASSWORD.encode() not in content, path
        assert key not in content, path
