"""Beta groups, testers, beta review, the end of a build, texts: writes that converge, on the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from faults import Lost, Reply, Reset, Server

from lane_apple import (
    AppleError,
    AppStoreConnect,
    BetaTester,
    Change,
    Ensured,
    add_beta_testers,
    ensure_app_texts,
    ensure_beta_group,
    ensure_version_texts,
    expire_build,
    find_app_infos,
    find_app_store_versions,
    find_app_texts,
    find_beta_review,
    find_beta_testers,
    find_builds,
    find_version_texts,
    get_build,
    remove_beta_testers,
    set_whats_new,
    submit_to_beta_review,
)

if TYPE_CHECKING:
    from lane_apple import BetaGroup

AURORA, BOREALIS = "6450000101", "6450000202"
FAULTS = pytest.mark.parametrize(
    "fault", [Lost(), Reset(), Reply(502, "<html>")], ids=["lost", "reset", "502"]
)
WRITES = ("POST", "PATCH", "DELETE")


def writes(proxy: Server) -> int:
    return sum(proxy.count(method, "/v1/") for method in WRITES)


def quiet(proxy: Server, again: Ensured[Any], before: int) -> None:
    """A second run writes nothing and says so."""
    assert again.changes == ()
    assert writes(proxy) == before


def emails(apple: AppStoreConnect, group: BetaGroup) -> set[str]:
    return {tester.email for tester in find_beta_testers(apple, group.id)}


@FAULTS
def test_a_group(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    proxy.arm("POST", "/v1/betaGroups", fault)
    made = ensure_beta_group(through, AURORA, "Nightly", public_link=True, public_link_limit=50)
    assert (made.value.name, made.value.internal, len(made.changes)) == ("Nightly", False, 1)
    before = writes(proxy)
    quiet(proxy, ensure_beta_group(through, AURORA, "Nightly", public_link_limit=50, internal=False), before)
    quiet(proxy, ensure_beta_group(through, AURORA, "Nightly"), before)
    proxy.arm("PATCH", "/v1/betaGroups", fault)
    changed = ensure_beta_group(through, AURORA, "Nightly", public_link_limit=60, feedback=False)
    assert {change.what.split()[1]: change.after for change in changed.changes} == {
        "publicLinkLimit": 60,
        "feedbackEnabled": False,
    }
    assert ensure_beta_group(through, AURORA, "Nightly", public_link_limit=60).changes == ()


@FAULTS
def test_testers(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    group = ensure_beta_group(through, AURORA, "Nightly").value
    new, known = BetaTester("new@example.com", "New", "Tester"), BetaTester("Grace@example.com")
    proxy.arm("POST", "/v1/betaTesters", fault)
    proxy.arm("POST", "/relationships/betaTesters", fault)
    added = add_beta_testers(through, group, [new, known, BetaTester("NEW@example.com")])
    assert [each.email.lower() for each in added.value] == ["new@example.com", "grace@example.com"]
    assert emails(through, group) == {"new@example.com", "grace@example.com"}
    assert len(added.changes) == 2
    before = writes(proxy)
    quiet(proxy, add_beta_testers(through, group, [new, known]), before)
    proxy.arm("DELETE", "/relationships/betaTesters", fault)
    removed = remove_beta_testers(through, group, ["grace@example.com", "nobody@example.com"])
    assert removed.changes == (Change(f"betaGroups/{group.id} has grace@example.com", True, False),)
    assert emails(through, group) == {"new@example.com"}
    before = writes(proxy)
    quiet(proxy, remove_beta_testers(through, group, ["grace@example.com"]), before)


def test_who_is_removed_from_one_group_stays_in_others(apple: AppStoreConnect) -> None:
    group = ensure_beta_group(apple, AURORA, "Nightly").value
    other = ensure_beta_group(apple, AURORA, "Beta testers").value
    add_beta_testers(apple, group, [BetaTester("grace@example.com")])
    remove_beta_testers(apple, group, ["grace@example.com"])
    assert emails(apple, group) == set()
    assert "grace@example.com" in emails(apple, other)


@FAULTS
def test_beta_review(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    build = next(find_builds(through, AURORA))
    set_whats_new(through, build.id, "Faster.")
    assert find_beta_review(through, build.id) is None
    proxy.arm("POST", "/v1/betaAppReviewSubmissions", fault)
    submitted = submit_to_beta_review(through, build.id)
    assert submitted.value.state in {"WAITING_FOR_REVIEW", "IN_REVIEW"}
    assert len(submitted.changes) == 1
    before = writes(proxy)
    quiet(proxy, submit_to_beta_review(through, build.id), before)
    assert find_beta_review(through, build.id) is not None


@FAULTS
def test_the_end_of_a_build(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    build = next(find_builds(through, AURORA))
    proxy.arm("PATCH", "/v1/builds", fault)
    assert expire_build(through, build.id).changes == (Change(f"builds/{build.id} expired", False, True),)
    assert get_build(through, build.id).expired
    before = writes(proxy)
    quiet(proxy, expire_build(through, build.id), before)


@FAULTS
def test_texts_of_a_version(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    version = find_app_store_versions(through, BOREALIS)[0]
    assert (version.version, version.editable) == ("1.0.0", True)
    proxy.arm("POST", "/v1/appStoreVersionLocalizations", fault)
    made = ensure_version_texts(
        through, version.id, "de-DE", {"description": "Ein Spiel.", "keywords": "licht"}
    )
    assert made.value.texts == {"description": "Ein Spiel.", "keywords": "licht"}
    before = writes(proxy)
    quiet(proxy, ensure_version_texts(through, version.id, "de-DE", {"keywords": "licht"}), before)
    proxy.arm("PATCH", "/v1/appStoreVersionLocalizations", fault)
    changed = ensure_version_texts(through, version.id, "de-DE", {"keywords": "licht,spiel"})
    assert [(each.before, each.after) for each in changed.changes] == [("licht", "licht,spiel")]
    texts = {each.locale: each.texts for each in find_version_texts(through, version.id)}
    assert texts["de-DE"] == {"description": "Ein Spiel.", "keywords": "licht,spiel"}
    assert texts["en-US"]["keywords"] == "puzzle,light"


def test_a_language_that_apple_made_meanwhile(through: AppStoreConnect, proxy: Server) -> None:
    """Looked for and not there; by the time that it is created Apple has made it."""
    version = find_app_store_versions(through, BOREALIS)[0]
    proxy.arm("GET", "/appStoreVersionLocalizations", Reply(200, {"data": [], "links": {"self": "x"}}))
    changed = ensure_version_texts(through, version.id, "en-US", {"keywords": "light"})
    assert [(each.before, each.after) for each in changed.changes] == [("puzzle,light", "light")]


def test_texts_of_a_version_that_is_in_the_store(apple: AppStoreConnect) -> None:
    version = find_app_store_versions(apple, AURORA, version="1.1.0", platform="IOS")[0]
    assert not version.editable
    with pytest.raises(AppleError) as caught:
        ensure_version_texts(apple, version.id, "en-US", {"description": "Another."})
    assert caught.value.refusal.status == 409


@FAULTS
def test_texts_of_an_app(through: AppStoreConnect, proxy: Server, fault: Any) -> None:
    info = find_app_infos(through, BOREALIS)[0]
    assert info.editable
    proxy.arm("PATCH", "/v1/appInfoLocalizations", fault)
    changed = ensure_app_texts(
        through, info.id, "en-US", {"name": "Borealis", "subtitle": "A game of lights"}
    )
    assert [(each.before, each.after) for each in changed.changes] == [(None, "A game of lights")]
    before = writes(proxy)
    quiet(proxy, ensure_app_texts(through, info.id, "en-US", {"subtitle": "A game of lights"}), before)
    proxy.arm("POST", "/v1/appInfoLocalizations", fault)
    ensure_app_texts(through, info.id, "fr-FR", {"name": "Boréalis"})
    assert [each.locale for each in find_app_texts(through, info.id)] == ["en-US", "fr-FR"]
