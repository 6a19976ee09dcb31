"""App Store versions: made, reviewed, released, phased; by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sandbox_client import AURORA, BOREALIS, Client, document

HALF = 1800.0
"""Half of the time of a review, in seconds."""
DAY = 24 * 3600.0


@pytest.fixture
def version(client: Client) -> str:
    """A version 1.1.1 of Aurora, without a build."""
    values = {"versionString": "1.1.1", "platform": "IOS", "releaseType": "AFTER_APPROVAL"}
    return str(client.create("appStoreVersions", values, {"app": ("apps", AURORA)}).data["id"])


def state(client: Client, version: str) -> tuple[str, str]:
    """The state of a version, in both words."""
    found = client.get(f"/v1/appStoreVersions/{version}").data["attributes"]
    return found["appVersionState"], found["appStoreState"]


def submit(client: Client, version: str, app: str = AURORA) -> tuple[str, str]:
    """Submit a version; the ids of the submission and of the item."""
    submission = client.create("reviewSubmissions", {"platform": "IOS"}, {"app": ("apps", app)}).data["id"]
    links = {
        "reviewSubmission": ("reviewSubmissions", submission),
        "appStoreVersion": ("appStoreVersions", version),
    }
    item = client.create("reviewSubmissionItems", None, links).data["id"]
    assert state(client, version)[0] == "READY_FOR_REVIEW"
    client.update("reviewSubmissions", submission, {"submitted": True})
    return submission, item


def submission_state(client: Client, submission: str) -> str:
    """The state of a review submission."""
    return str(client.get(f"/v1/reviewSubmissions/{submission}").data["attributes"]["state"])


def test_a_new_version_begins_with_what_the_one_before_had(client: Client, version: str) -> None:
    assert state(client, version) == ("PREPARE_FOR_SUBMISSION", "PREPARE_FOR_SUBMISSION")
    made = client.get(f"/v1/appStoreVersions/{version}").data["attributes"]
    assert (made["copyright"], made["releaseType"]) == ("2026 Example Team", "AFTER_APPROVAL")
    [texts] = client.get(f"/v1/appStoreVersions/{version}/appStoreVersionLocalizations").data
    assert texts["attributes"]["description"] == "Aurora shows where the northern lights are."
    assert texts["attributes"]["whatsNew"] is None
    detail = client.get(f"/v1/appStoreVersions/{version}/appStoreReviewDetail").data
    assert detail["attributes"]["contactEmail"] == "review@example.com"
    infos = client.get(f"/v1/apps/{AURORA}/appInfos", include="appInfoLocalizations,primaryCategory")
    assert [each["attributes"]["state"] for each in infos.data] == [
        "READY_FOR_DISTRIBUTION",
        "PREPARE_FOR_SUBMISSION",
    ]
    assert {each["attributes"]["name"] for each in infos.included("appInfoLocalizations")} == {"Aurora"}


@pytest.mark.parametrize(
    ("values", "app", "code"),
    [
        ({"versionString": "1.1.0"}, AURORA, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE"),
        ({"versionString": "one"}, AURORA, "ENTITY_ERROR.ATTRIBUTE.INVALID"),
        ({"versionString": "1.0.1"}, BOREALIS, "ENTITY_ERROR.RELATIONSHIP.INVALID"),
        (
            {"versionString": "1.2", "earliestReleaseDate": "2030-01-01T00:00:00Z"},
            AURORA,
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
        ),
    ],
)
def test_versions_that_can_not_be_made(client: Client, values: Any, app: str, code: str) -> None:
    answer = client.create("appStoreVersions", {"platform": "IOS", **values}, {"app": ("apps", app)}, 409)
    assert answer.codes == [code]


def test_a_build_must_be_of_the_version(client: Client, version: str) -> None:
    build = client.get("/v1/builds").data[0]["id"]
    path = f"/v1/appStoreVersions/{version}/relationships/build"
    refused = client.change("PATCH", path, {"data": {"type": "builds", "id": build}}, 409)
    assert refused.body["errors"][0]["detail"] == "The specified pre-release build could not be added."
    client.change("DELETE", f"/v1/appStoreVersions/{version}", None, 204)


def test_what_a_review_needs_is_told(client: Client, version: str) -> None:
    submission = client.create("reviewSubmissions", None, {"app": ("apps", AURORA)}).data["id"]
    assert client.send("PATCH", f"/v1/reviewSubmissions/{submission}", json=document(
        "reviewSubmissions", {"submitted": True}, None, submission)).codes == ["STATE_ERROR"]  # fmt: skip
    links = {
        "reviewSubmission": ("reviewSubmissions", submission),
        "appStoreVersion": ("appStoreVersions", version),
    }
    [error] = client.create("reviewSubmissionItems", None, links, 409).body["errors"]
    assert error["code"] == "STATE_ERROR.ENTITY_STATE_INVALID"
    [missing] = error["meta"]["associatedErrors"][f"/v1/appStoreVersions/{version}"]
    assert missing["source"] == {"pointer": "/data/relationships/build"}


@pytest.fixture
def ready(client: Client, assets: Any) -> str:
    """A version 1.2.0 of Aurora with its build."""
    upload = client.upload(assets / "Aurora.ipa")
    assert client.outcome(upload)["state"] == "COMPLETE"
    build = client.get("/v1/builds", **{"filter[version]": "42"}).data[0]["id"]
    values = {"versionString": "1.2.0", "platform": "IOS"}
    links = {"app": ("apps", AURORA), "build": ("builds", build)}
    return str(client.create("appStoreVersions", values, links).data["id"])


def test_a_review_takes_its_time_and_the_version_goes_out(client: Client, ready: str) -> None:
    submission, _ = submit(client, ready)
    assert state(client, ready)[0] == submission_state(client, submission) == "WAITING_FOR_REVIEW"
    client.sandbox.clock.advance(HALF)
    assert state(client, ready)[0] == submission_state(client, submission) == "IN_REVIEW"
    client.sandbox.clock.advance(HALF)
    assert state(client, ready) == ("READY_FOR_DISTRIBUTION", "READY_FOR_SALE")
    assert submission_state(client, submission) == "COMPLETE"
    query = {"filter[appVersionState]": "REPLACED_WITH_NEW_VERSION"}
    [old] = client.get(f"/v1/apps/{AURORA}/appStoreVersions", **query).data
    assert old["attributes"]["versionString"] == "1.1.0"
    states = [each["attributes"]["state"] for each in client.get(f"/v1/apps/{AURORA}/appInfos").data]
    assert states == ["REPLACED_WITH_NEW_INFO", "READY_FOR_DISTRIBUTION"]
    assert (
        len(client.get("/v1/apps", **{"filter[appStoreVersions.appStoreState]": "READY_FOR_SALE"}).data) == 1
    )


def test_a_manual_release_waits_for_its_request(client: Client, ready: str) -> None:
    client.update("appStoreVersions", ready, {"releaseType": "MANUAL"})
    link = {"appStoreVersion": ("appStoreVersions", ready)}
    assert client.create("appStoreVersionReleaseRequests", None, link, 409).codes == ["STATE_ERROR"]
    submit(client, ready)
    client.sandbox.clock.advance(2 * HALF)
    assert state(client, ready)[0] == "PENDING_DEVELOPER_RELEASE"
    client.create("appStoreVersionReleaseRequests", None, link)
    assert state(client, ready)[1] == "READY_FOR_SALE"


def test_a_scheduled_release_waits_for_its_day(client: Client, ready: str) -> None:
    day = datetime.fromtimestamp(client.sandbox.clock.now(), UTC) + timedelta(days=3)
    values = {"releaseType": "SCHEDULED", "earliestReleaseDate": day.isoformat(timespec="seconds")}
    client.update("appStoreVersions", ready, values)
    submit(client, ready)
    client.sandbox.clock.advance(DAY)
    assert state(client, ready)[0] == "PENDING_DEVELOPER_RELEASE"
    client.sandbox.clock.advance(2 * DAY)
    assert state(client, ready)[0] == "READY_FOR_DISTRIBUTION"


def test_a_submission_can_be_cancelled(client: Client, ready: str) -> None:
    submission, _ = submit(client, ready)
    refused = client.update("appStoreVersions", ready, {"copyright": "x"}, 409)
    assert refused.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.UNMODIFIABLE"]
    client.update("appStoreVersions", ready, {"releaseType": "MANUAL"})
    client.update("reviewSubmissions", submission, {"canceled": True})
    client.sandbox.clock.advance(60)
    assert submission_state(client, submission) == "COMPLETE"
    assert state(client, ready)[0] == "DEVELOPER_REJECTED"
    again, _ = submit(client, ready)
    assert submission_state(client, again) == "WAITING_FOR_REVIEW"


def test_a_version_is_in_one_submission(client: Client, ready: str) -> None:
    submission, item = submit(client, ready)
    other = client.create("reviewSubmissions", {"platform": "IOS"}, {"app": ("apps", AURORA)}).data["id"]
    links = {
        "reviewSubmission": ("reviewSubmissions", other),
        "appStoreVersion": ("appStoreVersions", ready),
    }
    answer = client.create("reviewSubmissionItems", None, links, 409)
    assert answer.codes == ["STATE_ERROR.ITEM_PART_OF_ANOTHER_SUBMISSION"]
    assert submission in answer.body["errors"][0]["detail"]
    assert client.send("DELETE", f"/v1/reviewSubmissionItems/{item}").status == 403
    assert client.send("DELETE", f"/v1/appStoreVersions/{ready}").status == 403


def test_an_item_that_is_taken_out_frees_its_version(client: Client, ready: str) -> None:
    submission = client.create("reviewSubmissions", {"platform": "IOS"}, {"app": ("apps", AURORA)}).data["id"]
    links = {
        "reviewSubmission": ("reviewSubmissions", submission),
        "appStoreVersion": ("appStoreVersions", ready),
    }
    item = client.create("reviewSubmissionItems", None, links).data["id"]
    [listed] = client.get(f"/v1/reviewSubmissions/{submission}/items", include="appStoreVersion").data
    assert (listed["id"], listed["attributes"]["state"]) == (item, "READY_FOR_REVIEW")
    client.change("DELETE", f"/v1/reviewSubmissionItems/{item}", None, 204)
    assert state(client, ready)[0] == "PREPARE_FOR_SUBMISSION"


def test_a_rejected_submission_is_resolved_and_sent_again(client: Client, ready: str) -> None:
    client.sandbox.arm([{"kind": "rejected", "path": "/v1/reviewSubmissions/*"}])
    submission, item = submit(client, ready)
    client.sandbox.clock.advance(2 * HALF)
    assert submission_state(client, submission) == "UNRESOLVED_ISSUES"
    assert state(client, ready)[0] == "REJECTED"
    body = document("reviewSubmissions", {"submitted": True}, None, submission)
    assert client.send("PATCH", f"/v1/reviewSubmissions/{submission}", json=body).status == 409
    client.update("reviewSubmissionItems", item, {"resolved": True})
    client.update("reviewSubmissions", submission, {"submitted": True})
    client.sandbox.clock.advance(2 * HALF)
    assert state(client, ready)[0] == "READY_FOR_DISTRIBUTION"


def test_who_submitted_is_noted(client: Client, ready: str) -> None:
    submission, _ = submit(client, ready)
    answer = client.get(
        f"/v1/reviewSubmissions/{submission}", include="submittedByActor,appStoreVersionForReview"
    )
    [actor] = answer.included("actors")
    assert actor["attributes"]["apiKeyId"] == client.key.key_id
    assert answer.data["relationships"]["appStoreVersionForReview"]["data"]["id"] == ready


def phased(client: Client, identifier: str) -> tuple[str, int, int]:
    """State, day and days of pause of a version's phased release."""
    found = client.get(f"/v1/appStoreVersions/{identifier}/appStoreVersionPhasedRelease").data["attributes"]
    return found["phasedReleaseState"], found["currentDayNumber"], found["totalPauseDuration"]


def test_a_phased_release_takes_seven_days_and_can_be_paused(client: Client, ready: str) -> None:
    link = {"appStoreVersion": ("appStoreVersions", ready)}
    made = client.create("appStoreVersionPhasedReleases", None, link).data["id"]
    assert phased(client, ready) == ("INACTIVE", 0, 0)
    kind = "appStoreVersionPhasedReleases"
    assert client.update(kind, made, {"phasedReleaseState": "PAUSED"}, 409).status == 409
    submit(client, ready)
    client.sandbox.clock.advance(2 * HALF)
    assert phased(client, ready) == ("ACTIVE", 1, 0)
    assert client.send("DELETE", f"/v1/{kind}/{made}").status == 403
    client.sandbox.clock.advance(2 * DAY)
    assert phased(client, ready) == ("ACTIVE", 3, 0)
    client.update(kind, made, {"phasedReleaseState": "PAUSED"})
    client.sandbox.clock.advance(5 * DAY)
    assert phased(client, ready) == ("PAUSED", 3, 5)
    client.update(kind, made, {"phasedReleaseState": "ACTIVE"})
    client.sandbox.clock.advance(4.5 * DAY)
    assert phased(client, ready) == ("ACTIVE", 7, 5)
    client.sandbox.clock.advance(DAY)
    assert phased(client, ready)[0] == "COMPLETE"


def test_a_phased_release_can_be_cut_short(client: Client, ready: str) -> None:
    link = {"appStoreVersion": ("appStoreVersions", ready)}
    values = {"phasedReleaseState": "ACTIVE"}
    made = client.create("appStoreVersionPhasedReleases", values, link).data["id"]
    assert client.create("appStoreVersionPhasedReleases", None, link, 409).status == 409
    submit(client, ready)
    client.sandbox.clock.advance(2 * HALF)
    client.update("appStoreVersionPhasedReleases", made, {"phasedReleaseState": "COMPLETE"})
    assert phased(client, ready)[0] == "COMPLETE"
    client.update("appStoreVersionPhasedReleases", made, {"phasedReleaseState": "ACTIVE"}, 409)


def test_texts_follow_their_version(client: Client, ready: str) -> None:
    [texts] = client.get(f"/v1/appStoreVersions/{ready}/appStoreVersionLocalizations").data
    client.update("appStoreVersionLocalizations", texts["id"], {"whatsNew": "Faster."})
    link = {"appStoreVersion": ("appStoreVersions", ready)}
    german = client.create("appStoreVersionLocalizations", {"locale": "de-DE"}, link).data["id"]
    client.create("appStoreVersionLocalizations", {"locale": "de-DE"}, link, 409)
    assert client.send("DELETE", f"/v1/appStoreVersionLocalizations/{texts['id']}").status == 403
    client.change("DELETE", f"/v1/appStoreVersionLocalizations/{german}", None, 204)
    submit(client, ready)
    refused = client.update("appStoreVersionLocalizations", texts["id"], {"description": "x"}, 409)
    assert refused.body["errors"][0]["detail"] == "Attribute 'description' cannot be edited at this time"
    client.update("appStoreVersionLocalizations", texts["id"], {"promotionalText": "Now!"})
    long = client.update("appStoreVersionLocalizations", texts["id"], {"promotionalText": "x" * 171}, 409)
    assert long.codes == ["ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG"]


def test_a_first_version_has_nothing_new_to_tell(client: Client) -> None:
    [version] = client.get(f"/v1/apps/{BOREALIS}/appStoreVersions").data
    [texts] = client.get(f"/v1/appStoreVersions/{version['id']}/appStoreVersionLocalizations").data
    answer = client.update("appStoreVersionLocalizations", texts["id"], {"whatsNew": "All."}, 409)
    assert answer.body["errors"][0]["detail"] == "Attribute 'whatsNew' cannot be edited at this time"


def test_app_info_is_edited_while_it_may_be(client: Client) -> None:
    [info] = client.get(f"/v1/apps/{BOREALIS}/appInfos").data
    links = {"primaryCategory": ("appCategories", "UTILITIES")}
    client.change("PATCH", f"/v1/appInfos/{info['id']}", document("appInfos", None, links, info["id"]), 200)
    assert client.get(f"/v1/appInfos/{info['id']}/primaryCategory").data["id"] == "UTILITIES"
    assert client.get(f"/v1/appInfos/{info['id']}/primarySubcategoryOne").data is None
    wrong = {"primarySubcategoryOne": ("appCategories", "GAMES_WORD")}
    client.change("PATCH", f"/v1/appInfos/{info['id']}", document("appInfos", None, wrong, info["id"]), 409)
    link = {"appInfo": ("appInfos", info["id"])}
    client.create("appInfoLocalizations", {"locale": "de-DE", "name": "Nordlicht"}, link)
    client.create("appInfoLocalizations", {"locale": "fr-FR", "name": "x" * 31}, link, 409)
    rating = client.get(f"/v1/appInfos/{info['id']}/ageRatingDeclaration").data["id"]
    changed = client.update("ageRatingDeclarations", rating, {"gambling": True, "horrorOrFearThemes": "NONE"})
    assert changed.data["attributes"]["gambling"] is True
    [live] = client.get(f"/v1/apps/{AURORA}/appInfos").data
    body = document("appInfos", None, links, live["id"])
    assert client.change("PATCH", f"/v1/appInfos/{live['id']}", body, 409).codes == ["STATE_ERROR"]
    [texts] = client.get(f"/v1/appInfos/{live['id']}/appInfoLocalizations").data
    client.update("appInfoLocalizations", texts["id"], {"name": "Other"}, 409)
    client.update("appInfoLocalizations", texts["id"], {"privacyPolicyUrl": "https://example.com/p"})
