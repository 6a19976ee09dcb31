"""`testflight` and `app_info` through the engine: writes that converge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from actions_harness import ledger

from lane import ActionError
from lane.testing import call, run
from lane_actions import (
    AppInfo,
    AppTexts,
    BetaGroup,
    BetaTester,
    BetaTesting,
    Build,
    VersionTexts,
    app_info,
    testflight,
    upload,
)
from lane_apple import (
    AppStoreConnect,
    find_app_texts,
    find_beta_groups,
    find_beta_testers,
    find_whats_new,
    get_build,
)

if TYPE_CHECKING:
    from pathlib import Path

    from actions_harness import StepContext

    from lane_sandbox import Sandbox

AURORA = "com.example.aurora"
APP = "6450000101"
BOREALIS = "com.example.borealis"


def writes(sandbox: Sandbox) -> int:
    """How many requests so far that change something."""
    return sum(each["method"] != "GET" for each in sandbox.requests())


def twice(offline: Sandbox, action: Any, folder: Path, **options: Any) -> tuple[Any, list[Any]]:
    """What it gave, and the ledger: a second run gives the same, writes nothing to Apple and to the ledger."""
    first = run(action, folder, **options)
    assert first.exit_code == 0, first.steps[action.name].message
    entries, before = ledger(folder), writes(offline)
    assert run(action, folder, **options).outputs == first.outputs
    assert (ledger(folder), writes(offline)) == (entries, before)
    return first.outputs[action.name], entries


def emails(apple: AppStoreConnect, name: str) -> set[str]:
    (group,) = find_beta_groups(apple, APP, [name])
    return {each.email for each in find_beta_testers(apple, group.id)}


def test_notes_groups_testers_and_review(offline: Sandbox, apple: AppStoreConnect, tmp_path: Path) -> None:
    friends = BetaGroup(name="Friends", public_link=False, testers=[BetaTester(email="nia@example.com")])
    known = BetaGroup(
        name="Beta testers", testers=[BetaTester(email="ADA@example.com")], removed=["Grace@example.com"]
    )
    gave, entries = twice(
        offline,
        testflight,
        tmp_path,
        bundle_id=AURORA,
        whats_new={"en-US": "Faster.", "de-DE": "Schneller."},
        groups=[friends, known],
        review=True,
    )
    assert isinstance(gave, BetaTesting)
    assert (gave.build_id, gave.groups, gave.expired) == ("build-41", ["Friends", "Beta testers"], [])
    assert gave.review == "WAITING_FOR_REVIEW"
    assert find_whats_new(apple, "build-41", locale="de-DE") == "Schneller."
    assert emails(apple, "Friends") == {"nia@example.com"}
    assert emails(apple, "Beta testers") == {"ada@example.com", "linus@example.com"}
    have = {each.attributes["name"] for each in apple.find("/v1/betaGroups", {"filter[builds]": "build-41"})}
    assert {"Friends", "Beta testers"} <= have
    ids = {each.name: each.id for each in find_beta_groups(apple, APP)}
    assert entries == [
        (f"betaGroups/{ids['Friends']}", None, {"name": "Friends", "publicLinkEnabled": False}),
        (f"betaGroups/{ids['Friends']} has nia@example.com", False, True),
        (f"betaGroups/{ids['Beta testers']} has ada@example.com", False, True),
        (f"betaGroups/{ids['Beta testers']} has grace@example.com", True, False),
        ("builds/build-41 whatsNew (en-US)", "The first version for testers.", "Faster."),
        ("builds/build-41 whatsNew (de-DE)", None, "Schneller."),
        (f"betaGroups/{ids['Friends']} has builds/build-41", False, True),
        (f"betaGroups/{ids['Beta testers']} has builds/build-41", False, True),
        ("builds/build-41 betaReviewState", None, "WAITING_FOR_REVIEW"),
    ]


def test_an_old_build_ends_and_a_new_one_is_tested(
    ctx: StepContext, apple: AppStoreConnect, ipa: Path
) -> None:
    build = call(upload, ctx, ipa=ipa)
    ctx.changes.clear()
    gave = call(testflight, ctx, build=build, groups=["Beta testers"], expire=["41"])
    assert (gave.build_id, gave.expired) == (build.id, ["build-41"])
    assert get_build(apple, "build-41").expired
    assert ctx.changes[-1] == ("builds/build-41 expired", False, True)
    count = len(ctx.changes)
    assert call(testflight, ctx, build=build, groups=["Beta testers"], expire=["41"]) == gave
    assert len(ctx.changes) == count


def test_a_build_that_has_ended_is_not_the_newest(ctx: StepContext) -> None:
    call(testflight, ctx, bundle_id=AURORA, expire=["41"])
    with pytest.raises(ActionError, match="no processed build that testers can have") as caught:
        call(testflight, ctx, bundle_id=AURORA, whats_new={"en-US": "Faster."})
    assert caught.value.code == "no_build"


def test_groups_are_kept_where_there_is_no_build_yet(offline: Sandbox, tmp_path: Path) -> None:
    group = BetaGroup(name="Friends", testers=[BetaTester(email="nia@example.com")])
    gave, entries = twice(offline, testflight, tmp_path, bundle_id=BOREALIS, groups=[group])
    assert (gave.build_id, gave.groups) == ("", ["Friends"])
    assert len(entries) == 2


PENDING = Build(id="", app_id=APP, bundle_id=AURORA, version="1.2.0", number="42", platform="IOS")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": ["Nobody"]}, "no beta group 'Nobody'"),
        ({"groups": [BetaGroup(name="Beta testers", internal=True)]}, "is to have internal=True"),
        ({"groups": [BetaGroup(name="A", testers=[BetaTester(email="ada")])]}, "'ada' is no e-mail address"),
        (
            {"groups": [BetaGroup(name="A", testers=[BetaTester(email="a@b.c")], removed=["A@b.c"])]},
            "is to be in the group A and not to be",
        ),
        ({"groups": ["Team"], "expire": ["41"]}, "The build 41 is to be tested and to end"),
        ({"expire": ["9"]}, "no build with the number 9"),
        ({"bundle_id": BOREALIS, "review": True}, "no processed build"),
        ({"build": PENDING, "review": True}, "nobody waited for it"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(
    ctx: StepContext, offline: Sandbox, options: dict[str, Any], message: str
) -> None:
    first: list[Any] = [BetaGroup(name="Friends")]
    wanted = {"bundle_id": AURORA, "whats_new": {"en-US": "Faster."}} | options
    wanted["groups"] = first + list(options.get("groups", []))
    before = writes(offline)
    with pytest.raises(ActionError, match=message) as caught:
        call(testflight, ctx, **wanted)
    assert caught.value.hint
    assert (ctx.changes, writes(offline)) == ([], before)


def test_without_an_app(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match="knows no app"):
        call(testflight, ctx, review=True)


# The texts of the App Store


def test_texts_of_the_app_and_of_its_next_version(
    offline: Sandbox, apple: AppStoreConnect, tmp_path: Path
) -> None:
    gave, entries = twice(
        offline,
        app_info,
        tmp_path,
        bundle_id=BOREALIS,
        texts={"en-US": AppTexts(subtitle="A game of lights"), "de-DE": AppTexts(name="Polarlicht")},
        version_texts={
            "en-US": VersionTexts(keywords="puzzle,aurora", support_url="https://example.com/support")
        },
    )
    assert gave == AppInfo(
        app_id="6450000202", app_info_id="info-borealis", version_id="version-borealis-1.0.0"
    )
    (subtitle, *change), (german, before, after), (keywords, *changed) = entries
    assert subtitle.startswith("appInfoLocalizations/")
    assert subtitle.endswith(" subtitle")
    assert change == [None, "A game of lights"]
    assert german.startswith("appInfoLocalizations/")
    assert (before, after) == (None, {"locale": "de-DE", "name": "Polarlicht"})
    assert keywords.endswith(" keywords")
    assert changed == ["puzzle,light", "puzzle,aurora"]
    texts = {each.locale: each.texts for each in find_app_texts(apple, "info-borealis")}
    assert texts["de-DE"] == {"name": "Polarlicht"}
    assert texts["en-US"]["subtitle"] == "A game of lights"


def test_what_is_in_the_store_takes_only_what_it_has_and_the_promotional_text(
    ctx: StepContext, apple: AppStoreConnect
) -> None:
    wanted: dict[str, Any] = {
        "bundle_id": AURORA,
        "texts": {"en-US": AppTexts(subtitle="Light at night")},
        "version_texts": {"en-US": VersionTexts(whats_new="The first version.", promotional_text="Now!")},
    }
    gave = call(app_info, ctx, **wanted)
    assert gave.version_id == "version-aurora-1.1.0"
    ((what, *change),) = ctx.changes
    assert what.endswith(" promotionalText")
    assert change == [None, "Now!"]
    with pytest.raises(
        ActionError, match=r"1\.1\.0 is .*: Apple takes no change of keywords \(en-US\)"
    ) as caught:
        call(app_info, ctx, **wanted | {"version_texts": {"en-US": VersionTexts(keywords="other")}})
    assert "next version" in str(caught.value.hint)
    with pytest.raises(ActionError, match=r"takes no change of name \(de-DE\)"):
        call(app_info, ctx, **wanted | {"texts": {"de-DE": AppTexts(name="Polarlicht")}})
    assert len(ctx.changes) == 1


def test_a_version_that_is_not_there(ctx: StepContext) -> None:
    with pytest.raises(ActionError, match=r"has no App Store version 9\.9") as caught:
        call(
            app_info,
            ctx,
            bundle_id=BOREALIS,
            version="9.9",
            texts={"en-US": AppTexts(subtitle="New")},
            version_texts={"en-US": VersionTexts(keywords="a")},
        )
    assert caught.value.code == "no_version"
    assert ctx.changes == []


def test_texts_that_are_too_long_or_unknown(ctx: StepContext) -> None:
    with pytest.raises(ValueError, match="subtitle"):
        call(app_info, ctx, bundle_id=BOREALIS, texts={"en-US": AppTexts(subtitle="x" * 31)})
    wrong: Any = {"titel": "x"}
    with pytest.raises(ValueError, match="titel"):
        call(app_info, ctx, bundle_id=BOREALIS, texts={"en-US": AppTexts(**wrong)})
