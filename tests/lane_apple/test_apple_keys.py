"""Keys in every form that people have, and a message for every way to get it wrong."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from lane import AuthMode, CredentialError, Secret
from lane_apple import ApiKey, api_key, api_key_for, app_specific_password, apple_id, least_role

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "6053b7fe-68a8-4acb-89be-165aa6465141"
KEY_ID = "D383SF7390"
OWN = "APP_STORE_CONNECT_API_KEY"


def pem_of(key: Any, form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8) -> str:
    encoding = serialization.Encoding.PEM
    text: bytes = key.private_bytes(encoding, form, serialization.NoEncryption())
    return text.decode()


PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = PRIVATE.public_key()
PEM = pem_of(PRIVATE)
SEC1 = pem_of(PRIVATE, serialization.PrivateFormat.TraditionalOpenSSL)
JSON = {"key_id": KEY_ID, "issuer_id": ISSUER, "key": PEM, "duration": 1200, "in_house": False}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / f"AuthKey_{KEY_ID}.p8"
    path.write_text(PEM)
    return path


def find(environment: dict[str, str], folder: Path) -> ApiKey | None:
    return api_key.find({"HOME": str(folder / "home"), **environment}, folder)


def found(environment: dict[str, str], folder: Path) -> ApiKey:
    key = find(environment, folder)
    assert key is not None
    claims(key)
    return key


def claims(key: ApiKey, **options: Any) -> dict[str, Any]:
    """The token's claims, verified by the public half of the key."""
    result: dict[str, Any] = jwt.decode(
        key.token(), PUBLIC, algorithms=["ES256"], audience="appstoreconnect-v1", **options
    )
    return result


def refused(environment: dict[str, str], folder: Path) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        find(environment, folder)
    assert "MIG" not in str(caught.value)
    assert "PRIVATE KEY-----\n" not in f"{caught.value} {caught.value.hint}"
    return caught.value


def ids(**more: str) -> dict[str, str]:
    return {f"{OWN}_KEY_ID": KEY_ID, f"{OWN}_ISSUER_ID": ISSUER, **more}


def test_nothing_is_set(tmp_path: Path) -> None:
    assert find({}, tmp_path) is None
    assert find(dict.fromkeys(api_key.names, "  "), tmp_path) is None  # CI's way to hide a secret


TEXTS = {
    "as it is": PEM,
    "older form": SEC1,
    "literal line feeds": PEM.replace("\n", "\\n"),
    "windows": PEM.replace("\n", "\r\n"),
    "one line": PEM.replace("\n", " "),
    "no line ends at all": PEM.replace("\n", ""),
    "indented": "\n".join("   " + line for line in PEM.splitlines()),
    "base64": base64.b64encode(PEM.encode()).decode(),
    "wrapped base64": base64.encodebytes(PEM.encode()).decode(),
}


@pytest.mark.parametrize("form", TEXTS)
def test_text_in_a_variable(tmp_path: Path, form: str) -> None:
    key = found(ids(**{f"{OWN}_KEY": TEXTS[form]}), tmp_path)
    assert (key.key_id, key.issuer_id, key.kind, key.source) == (KEY_ID, ISSUER, "team", f"{OWN}_KEY")


def test_the_base64_flag_is_not_needed_and_does_no_harm(tmp_path: Path) -> None:
    for text in (TEXTS["base64"], PEM):
        found(ids(**{f"{OWN}_KEY": text, f"{OWN}_IS_KEY_CONTENT_BASE64": "true"}), tmp_path)


def test_a_file(tmp_path: Path, key_file: Path) -> None:
    for path in (str(key_file), key_file.name):  # absolute, and relative to the Lanefile
        assert found(ids(**{f"{OWN}_KEY_FILEPATH": path}), tmp_path).source.endswith(f"({key_file.name})")
    elsewhere = found(ids(**{f"{OWN}_KEY_FILEPATH": str(key_file)}), tmp_path / "other")
    assert str(key_file) in elsewhere.source


def test_a_file_in_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "key.p8").write_bytes(b"\xef\xbb\xbf" + PEM.encode())  # an editor's byte order mark
    found(ids(**{f"{OWN}_KEY_FILEPATH": "~/key.p8"}), tmp_path)


@pytest.mark.parametrize(
    "folder",
    [
        "private_keys",
        "home/private_keys",
        "home/.private_keys",
        "home/.appstoreconnect/private_keys",
        "elsewhere",
    ],
)
def test_the_folders_of_altool(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / f"AuthKey_{KEY_ID}.p8").write_text(PEM)
    key = found(ids(API_PRIVATE_KEYS_DIR="elsewhere"), tmp_path)
    assert folder in key.source


def test_json_in_a_file_and_in_a_variable(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps(JSON | {"extra": 1}))
    for environment in ({f"{OWN}_PATH": "key.json"}, {OWN: json.dumps(JSON)}):
        assert found(environment, tmp_path).issuer_id == ISSUER


def test_json_of_base64(tmp_path: Path) -> None:
    fields = JSON | {"key": TEXTS["base64"], "is_key_content_base64": True}
    found({OWN: json.dumps(fields)}, tmp_path)


def test_an_individual_key(tmp_path: Path) -> None:
    key = found({OWN: json.dumps({"key_id": KEY_ID, "key": PEM})}, tmp_path)
    assert key.kind == "individual"
    assert claims(key)["sub"] == "user"
    assert "iss" not in claims(key)


def test_the_variables_of_spaceship(tmp_path: Path, key_file: Path) -> None:
    prefix = "SPACESHIP_CONNECT_API"
    key = found(
        {
            f"{prefix}_KEY_ID": KEY_ID,
            f"{prefix}_ISSUER_ID": ISSUER,
            f"{prefix}_KEY_FILEPATH": str(key_file),
            f"{prefix}_TOKEN_DURATION": "300",
        },
        tmp_path,
    )
    assert claims(key)["exp"] - claims(key)["iat"] == 360


def test_one_whole_form_beats_a_part_of_another(tmp_path: Path) -> None:
    assert found({f"{OWN}_KEY_ID": "OTHER12345", OWN: json.dumps(JSON)}, tmp_path).key_id == KEY_ID


def test_its_own_variables_come_first(tmp_path: Path, key_file: Path) -> None:
    """So that a sandbox's key, offered in them, is never beaten by a real one."""
    environment = ids(
        **{f"{OWN}_KEY_FILEPATH": str(key_file), OWN: json.dumps(JSON | {"key_id": "OTHER12345"})}
    )
    assert found(environment, tmp_path).key_id == KEY_ID


def test_in_house(tmp_path: Path, key_file: Path) -> None:
    key = find(ids(**{f"{OWN}_KEY_FILEPATH": str(key_file), f"{OWN}_IN_HOUSE": "true"}), tmp_path)
    assert key is not None
    assert key.base_url == "https://api.enterprise.developer.apple.com"
    audience = "apple-developer-enterprise-v1"
    assert jwt.decode(key.token(), PUBLIC, algorithms=["ES256"], audience=audience)["aud"] == audience
    other = found(ids(**{f"{OWN}_KEY_FILEPATH": str(key_file), f"{OWN}_IN_HOUSE": "No"}), tmp_path)
    assert other.base_url == "https://api.appstoreconnect.apple.com"


def test_another_address(tmp_path: Path, key_file: Path) -> None:
    environment = ids(**{f"{OWN}_KEY_FILEPATH": str(key_file)})
    assert found(environment | {"APP_STORE_CONNECT_URL": "http://127.0.0.1:8700/"}, tmp_path).base_url == (
        "http://127.0.0.1:8700"
    )
    assert "APP_STORE_CONNECT_URL" in str(
        refused(environment | {"APP_STORE_CONNECT_URL": "localhost"}, tmp_path)
    )


MISPLACED = {
    PEM: "the text of the private key",
    TEXTS["base64"]: "the text of the private key",
    "keys/AuthKey_X.p8": "the path of a .p8 file",
    "fastlane/key.json": "a path",
    KEY_ID: "a key id",
    "what": "something that is not JSON",
}


@pytest.mark.parametrize("text", MISPLACED, ids=list(MISPLACED.values()))
def test_what_people_put_where_json_should_be(tmp_path: Path, text: str) -> None:
    error = refused({OWN: text}, tmp_path)
    assert f"{OWN} holds {MISPLACED[text]}" in str(error)
    assert f"{OWN}_" in str(error.hint)
    assert error.code == "key_misplaced"


def other_key(kind: str) -> str:
    if kind == "rsa":
        return pem_of(rsa.generate_private_key(65537, 2048))
    if kind == "P-384":
        return pem_of(ec.generate_private_key(ec.SECP384R1()))
    if kind == "locked":
        best = serialization.BestAvailableEncryption(b"password")
        form = serialization.PrivateFormat.PKCS8
        return PRIVATE.private_bytes(serialization.Encoding.PEM, form, best).decode()
    form_public = serialization.PublicFormat.SubjectPublicKeyInfo
    return PUBLIC.public_bytes(serialization.Encoding.PEM, form_public).decode()


NO_KEYS = [
    ("hello", "is not PEM"),
    (PEM[:100], "was cut off"),
    (PEM.replace("MIG", "MIH"), "cut off or changed"),
    (base64.b64encode(b"not a key at all").decode(), "base64 of something that is not PEM"),
    (other_key("rsa"), "P-256"),
    (other_key("P-384"), "secp384r1"),
    (other_key("locked"), "encrypted with a password"),
    (other_key("public"), "public key, not a private key"),
    ("keys/AuthKey_X.p8", f"{OWN}_KEY holds a path"),
]


@pytest.mark.parametrize(("text", "words"), NO_KEYS, ids=[words for _, words in NO_KEYS])
def test_texts_that_are_no_key(tmp_path: Path, text: str, words: str) -> None:
    error = refused(ids(**{f"{OWN}_KEY": text}), tmp_path)
    assert words in str(error)
    assert f"{OWN}_KEY" in str(error)
    assert error.hint


def test_files_that_are_no_key(tmp_path: Path) -> None:
    path = f"{OWN}_KEY_FILEPATH"
    assert f"{path} names" in str(refused(ids(**{path: "none.p8"}), tmp_path))
    (tmp_path / "empty.p8").write_text(" \n")
    assert "is empty" in str(refused(ids(**{path: "empty.p8"}), tmp_path))
    (tmp_path / "binary.p8").write_bytes(b"\xff\xfe\x00")
    assert "not a text file" in str(refused(ids(**{path: "binary.p8"}), tmp_path))
    (tmp_path / "big.p8").write_bytes(b" " * 100_000)
    assert "too large" in str(refused(ids(**{path: "big.p8"}), tmp_path))
    assert "cannot be read" in str(refused(ids(**{path: "."}), tmp_path))
    (tmp_path / "key.json").write_text(json.dumps(JSON))
    assert f"{OWN}_PATH" in str(refused(ids(**{path: "key.json"}), tmp_path).hint)
    (tmp_path / "key.p8").write_text(PEM)
    assert path in str(refused({f"{OWN}_PATH": "key.p8"}, tmp_path).hint)
    assert "wants the path" in str(refused({f"{OWN}_PATH": json.dumps(JSON)}, tmp_path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON (line 1)"),
        ('{"key_id": "X"}', "lacks `key`"),
        ('{"issuer_id": "X"}', "lacks `key_id` and `key`"),
        ('{"key_id": 5, "key": "x"}', "`key_id` in APP_STORE_CONNECT_API_KEY is not a text"),
        (json.dumps(JSON | {"duration": 1201}), "from 1 to 1200"),
        (json.dumps(JSON | {"duration": True}), "from 1 to 1200"),
        (json.dumps(JSON | {"key_id": ISSUER}), "looks like an issuer id"),
    ],
)
def test_json_that_is_no_key(tmp_path: Path, text: str, words: str) -> None:
    assert words in str(refused({OWN: text}, tmp_path))


def test_the_names_of_fastlanes_action_in_json(tmp_path: Path) -> None:
    error = refused({OWN: json.dumps({"key_id": KEY_ID, "key_filepath": "x.p8"})}, tmp_path)
    assert "`key_filepath` belongs to fastlane's action" in str(error.hint)


def test_parts_of_a_key(tmp_path: Path, key_file: Path) -> None:
    error = refused({f"{OWN}_KEY_FILEPATH": str(key_file)}, tmp_path)
    assert f"{OWN}_KEY_ID is not" in str(error)
    error = refused(ids(**{f"{OWN}_KEY": ""}), tmp_path)
    assert "unset or empty" in str(error)
    assert "forks" in str(error.hint)
    assert "looks like an issuer id" in str(refused({f"{OWN}_KEY_ID": ISSUER}, tmp_path))


def test_narrowing_gives_values() -> None:
    narrowed = api_key(role="APP_MANAGER", kind="team")
    assert narrowed == api_key(kind="team")(role="APP_MANAGER")
    assert narrowed != api_key
    assert len({narrowed, api_key(role="APP_MANAGER", kind="team")}) == 1
    assert (api_key.role, api_key.kind) == (None, None)
    assert any("APP_MANAGER" in line for line in narrowed.how())


def test_a_key_of_the_wrong_kind(tmp_path: Path) -> None:
    environment = {OWN: json.dumps({"key_id": KEY_ID, "key": PEM})}
    with pytest.raises(CredentialError) as caught:
        api_key(kind="team").find(environment, tmp_path)
    assert caught.value.code == "key_kind"
    assert api_key(kind="individual").find(environment, tmp_path) is not None


def test_the_modes_keep_the_engines_protocol() -> None:
    modes: list[AuthMode] = [api_key, app_specific_password, apple_id, api_key(role="ADMIN")]
    attributes = [(mode.name, mode.attended, mode.expires, mode.fit_for_ci) for mode in modes[:3]]
    assert attributes == [
        ("api_key", False, False, True),
        ("app_specific_password", False, False, True),
        ("apple_id", True, True, False),
    ]
    for mode in modes:
        assert isinstance(mode, AuthMode)
        assert all(mode.how())


def test_a_session_that_was_cut_in_half_is_unfit(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "FASTLANE_SESSION": "---\n- !ruby/object:HTTP::Cookie"}
    with pytest.raises(CredentialError, match="ends in the middle of a cookie"):
        apple_id.find(environment, tmp_path)
    assert apple_id.find({"HOME": str(tmp_path)}, tmp_path) is None


def test_an_app_specific_password(tmp_path: Path) -> None:
    password, user = "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD", "FASTLANE_USER"
    assert app_specific_password.find({user: "a@example.com"}, tmp_path) is None
    credential = app_specific_password.find(
        {password: "abcd-efgh-ijkl-mnop", user: "a@example.com"}, tmp_path
    )
    assert credential is not None
    assert credential.password == Secret("abcd-efgh-ijkl-mnop")
    assert "abcd" not in repr(credential)
    with pytest.raises(CredentialError, match=user):
        app_specific_password.find({password: "abcd-efgh-ijkl-mnop"}, tmp_path)
    with pytest.raises(CredentialError, match="does not look like"):
        app_specific_password.find({password: "hunter2!", user: "a@example.com"}, tmp_path)


class Clock:
    """Seconds that pass when told."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@given(duration=st.integers(1, 1200), now=st.floats(1e9, 4e9))
@settings(max_examples=20, deadline=None)
def test_a_token_is_within_apples_bounds(duration: int, now: float) -> None:
    key = ApiKey(KEY_ID, ISSUER, PEM, duration=duration, clock=Clock(now))
    token = claims(key, options={"verify_exp": False, "verify_iat": False})
    assert 0 < token["exp"] - token["iat"] <= 1200
    assert token["iat"] < now < token["exp"]
    assert token["iss"] == ISSUER
    header = jwt.get_unverified_header(key.token())
    assert (header["kid"], header["alg"], header["typ"]) == (KEY_ID, "ES256", "JWT")


def test_a_token_is_kept_and_replaced_well_before_its_end() -> None:
    clock = Clock(1_800_000_000.0)
    key = ApiKey(KEY_ID, ISSUER, PEM, clock=clock)
    first = key.token()
    clock.now += 900
    assert key.token() == first
    clock.now += 200
    second = key.token()
    assert second != first
    assert key.token(refused=first) == second  # someone else renewed it already
    assert key.token(refused=second) != second


def test_threads_share_one_token() -> None:
    key = ApiKey(KEY_ID, ISSUER, PEM)
    barrier = threading.Barrier(8)
    tokens: list[str] = []

    def take() -> None:
        barrier.wait()
        tokens.append(key.token())

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 8
    assert len(set(tokens)) == 1


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    from lane._redact import redactor

    key = found({OWN: json.dumps(JSON)}, tmp_path)
    shown = f"{key!r} {key.__dict__!r}"
    body = PEM.splitlines()[1]
    assert body not in shown
    assert key.token() not in repr(key)
    assert redactor(f"token={key.token()}") == "token=****"
    assert body not in redactor(json.dumps(JSON))


def test_what_work_needs_of_a_key(tmp_path: Path) -> None:
    """A plan can say that an individual key cannot provision, before anything runs."""
    mode = api_key_for("profiles", "buildUploads")
    assert (mode.role, mode.kind) == ("ADMIN", "team")
    environment = {OWN: json.dumps({"key_id": KEY_ID, "key": PEM})}
    with pytest.raises(CredentialError) as caught:
        mode.find(environment, tmp_path)
    assert caught.value.code == "key_kind"
    testing = api_key_for("betaGroups", "buildUploads")
    assert (testing.role, testing.kind) == ("APP_MANAGER", None)
    assert testing.find(environment, tmp_path) is not None
    assert api_key_for("devices", write=False).role == "DEVELOPER"
    with pytest.raises(KeyError):
        api_key_for("unicorns")


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/v1/certificates", "ADMIN"),
        ("GET", "/v1/profiles/1/devices", "DEVELOPER"),
        ("PATCH", "/v1/buildUploadFiles/1", "DEVELOPER"),
        ("POST", "/v1/builds/1/relationships/betaGroups", "APP_MANAGER"),
        ("GET", "/v1/unicorns", None),
        ("GET", "string", None),
    ],
)
def test_the_least_role_of_a_request(method: str, path: str, role: str | None) -> None:
    assert least_role(method, path) == role
