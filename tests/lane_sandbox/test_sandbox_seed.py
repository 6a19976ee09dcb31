"""Seeds: the one that ships, one's own, and what is said of those that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox_client import FULL, Client

from lane_sandbox import Sandbox, SeedError, credentials_of, reset

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """
team: {id: SMALLTEAM1, name: Small}
keys: [{name: only, role: APP_MANAGER, provisioning: true}, {name: reader, role: SALES}]
apps: [{id: "7", name: Seven, bundleId: com.example.seven, sku: S, primaryLocale: de-DE}]
preReleaseVersions: [{id: train, app: "7", version: "1.0", platform: IOS}]
builds: [{id: one, app: "7", preReleaseVersion: train, version: "1", uploadedDate: -100d, processingState: VALID}]
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A small seed file."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def names(sandbox: Sandbox) -> list[str]:
    """The names of the apps."""
    return [each["attributes"]["name"] for each in Client(sandbox, sandbox.keys[0]).get("/v1/apps").data]


def test_the_usual_seed_is_as_promised(client: Client) -> None:
    """Two apps, versions, builds, groups, testers, devices, certificates, profiles, three kinds of keys."""
    kinds = ("apps", "builds", "betaGroups", "betaTesters", "devices", "certificates", "profiles", "users")
    counts = {kind: len(client.get(f"/v1/{kind}").data) for kind in kinds}
    assert counts["apps"] == 2
    assert all(counts.values())
    keys = client.sandbox.keys
    assert [(key.name, key.role, key.issuer_id is None) for key in keys] == [
        ("team", "ADMIN", False),
        ("weak", "CUSTOMER_SUPPORT", False),
        ("individual", "APP_MANAGER", True),
    ]


@pytest.mark.usefixtures("shared")
def test_a_seed_of_ones_own(seed: Path) -> None:
    with Sandbox(seed=seed) as sandbox:
        assert [(key.name, key.role) for key in sandbox.keys] == [
            ("only", "APP_MANAGER"),
            ("reader", "SALES"),
        ]
        client = Client(sandbox, sandbox.keys[0])
        assert names(sandbox) == ["Seven"]
        [build] = client.get("/v1/builds", include="buildBetaDetail,betaBuildLocalizations").data
        assert build["attributes"]["expired"] is True
        assert build["relationships"]["buildBetaDetail"]["data"]["id"] == "one"
        assert client.get("/v1/betaAppReviewDetails/7").data["id"] == "7"
        made = client.create(
            "bundleIds", {"identifier": "com.example.x", "name": "X", "platform": "IOS"}
        ).data
        assert made["attributes"]["seedId"] == "SMALLTEAM1"
        top = client.get("/v1/appCategories", limit=200, **{"exists[parent]": "false"}).data
        assert {"GAMES", "STICKERS", "UTILITIES"} < {each["id"] for each in top}


@pytest.mark.usefixtures("shared")
def test_a_folder_keeps_its_seed(tmp_path: Path, seed: Path) -> None:
    place = tmp_path / "place"
    with Sandbox(place, seed=seed) as sandbox:
        keys = sandbox.keys
    assert credentials_of(place) == keys[0]
    with Sandbox(place) as sandbox:
        assert (names(sandbox), sandbox.keys) == (["Seven"], keys)
        sandbox.reset()
        assert names(sandbox) == ["Seven"]
    reset(place)
    with Sandbox(place) as sandbox:
        assert names(sandbox) == ["Seven"]


def test_keys_that_were_made_stay_when_a_seed_has_them_too(tmp_path: Path) -> None:
    first = credentials_of(tmp_path)
    with Sandbox(tmp_path, seed=FULL) as sandbox:
        assert sandbox.keys[0] == first


@pytest.mark.usefixtures("shared")
def test_a_state_in_a_file(tmp_path: Path) -> None:
    state = tmp_path / "team.sqlite"
    with Sandbox(state) as sandbox:
        Client(sandbox, sandbox.keys[0]).create(
            "bundleIds", {"identifier": "a.b", "name": "X", "platform": "IOS"}
        )
    assert state.read_bytes().startswith(b"SQLite format 3")
    assert (tmp_path / "team" / "keys").is_dir()
    with Sandbox(state) as sandbox:
        client = Client(sandbox, sandbox.keys[0])
        assert len(client.get("/v1/bundleIds", **{"filter[identifier]": "a.b"}).data) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("apps: [", "the seed is no YAML"),
        ("- 1", "must be an object"),
        ("aps: []", "'aps' is not known; did you mean 'apps'?"),
        ("apps: {}", "apps: must be a list of entries"),
        ("apps: [x]", "apps, entry 1: must be an object"),
        ("apps: [{nam: x}]", "apps, entry 1: 'nam' is not known; did you mean 'name'?"),
        ("apps: [{id: 1}]", "apps, entry 1: the id 1 must be a text without slashes; put it in quotes"),
        ("apps: [{name: x}]", "apps, entry 1: 'bundleId' is missing"),
        ("betaTesters: [{email: x}]", "betaTesters, entry 1, email: 'x' is not an e-mail address"),
        ("betaTesters: [{email: a@b.c, firstName: 1}]", "firstName: 1 is no text"),
        ("betaTesters: [{email: a@b.c, state: BORED}]", "'BORED' is not a valid value"),
        ("users: [{username: a, roles: [KING]}]", "'KING' is not valid in 'users, entry 1, roles'"),
        ("betaTesters: [{email: a@b.c, betaGroups: [x]}]", "there is no entry with the id 'x' in betaGroups"),
        ("betaTesters: [{email: a@b.c, apps: [x]}]", "'apps' follows from betaGroups.app; write that"),
        ("betaTesters: [{id: a, email: a@b.c}, {id: a, email: b@b.c}]", "the id 'a' is there already"),
        ("betaGroups: [{name: a, app: [x, y]}]", "'app' leads to one resource"),
        ("betaGroups: [{name: a, app: x, createdDate: soon}]", "'soon' is not a date"),
        ("keys: []", "keys: must be a list with at least one key"),
        ("keys: [{name: a, role: KING}]", "keys, entry 1: 'KING' is not known"),
        ("keys: [{name: a}]", "must have a 'name' and a 'role'"),
        ("keys: [{name: a, role: ADMIN, individual: 3}]", "'individual' must be true or false"),
        ("team: x", "team: must have an 'id' and a 'name'"),
        ("appCategories: []", "'appCategories' is not known"),
    ],
)
def test_seeds_that_do_not_fit_are_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text)
    with pytest.raises(SeedError) as told:
        Sandbox(seed=path)
    assert why in str(told.value)
    assert str(told.value).startswith(f"{path}: ")


def test_a_seed_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        Sandbox(seed=tmp_path / "nowhere.yaml")
