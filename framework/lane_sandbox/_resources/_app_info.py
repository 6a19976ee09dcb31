"""What the App Store says of an app: names, categories, age rating."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from lane_sandbox import _release
from lane_sandbox._problem import Problem, bad_relationship, bad_state, not_editable
from lane_sandbox._resource import (
    Change,
    Listing,
    Resource,
    Writing,
    flag,
    listing,
    many,
    one,
    one_of,
    text,
    uri,
)

if TYPE_CHECKING:
    from lane_sandbox._store import Record
    from lane_sandbox._team import Team

PARENTS = {
    "primarySubcategoryOne": "primaryCategory",
    "primarySubcategoryTwo": "primaryCategory",
    "secondarySubcategoryOne": "secondaryCategory",
    "secondarySubcategoryTwo": "secondaryCategory",
}


def check_info(team: Team, info: Record | None, change: Change) -> None:
    """Categories are categories, subcategories those of their category."""
    assert info is not None
    _check_editable(info)
    for name, targets in change.links.items():
        for identifier in targets:
            category = team.store.find("appCategories", identifier)
            assert category is not None
            parent = category.links.get("parent", [])
            wanted = _wanted_parent(info, change, name)
            if parent != wanted:
                detail = f"'{identifier}' is no valid category here; its parent is {parent or 'none'}"
                raise Problem([bad_relationship(name, "INVALID", detail)])


def _wanted_parent(info: Record, change: Change, name: str) -> list[str]:
    if name not in PARENTS:
        return []
    holder = PARENTS[name]
    return change.links.get(holder, info.links.get(holder, []))


def drop_subcategories(team: Team, info: Record, change: Change) -> None:
    """A new category has other subcategories."""
    for name, holder in PARENTS.items():
        if holder in change.links and name not in change.links:
            found = team.store.related(info, name)
            if any(each.links.get("parent", []) != change.links[holder] for each in found):
                team.store.replace_links(info, name, [])


def _check_editable(info: Record | None) -> None:
    if info is not None and info.attributes["state"] not in _release.EDITABLE:
        raise bad_state("The app info can not be edited in its current state.")


def present_info(_team: Team, info: Record) -> dict[str, Any]:
    """The older state says the same in older words."""
    state = info.attributes["state"]
    return {"appStoreState": _release.OLDER_WORDS.get(state, state)}


def seed_info(team: Team, info: Record) -> None:
    """An info of the seed file has a name, and an age rating."""
    app = team.store.related_one(info, "app")
    assert app is not None
    if not team.store.related(info, "appInfoLocalizations"):
        values = {"locale": app.attributes["primaryLocale"], "name": app.attributes["name"]}
        team.store.add("appInfoLocalizations", str(uuid.uuid4()), values, {"appInfo": [info.id]})
    if not team.store.related(info, "ageRatingDeclaration"):
        declared = team.store.add("ageRatingDeclarations", str(uuid.uuid4()), {})
        team.store.link(info, "ageRatingDeclaration", [declared.id])


def check_texts(team: Team, texts: Record | None, change: Change) -> None:
    """The names of an app that is out, or under review, stay; addresses may change."""
    if texts is None:
        info = team.store.find("appInfos", str(change.link("appInfo")))
    else:
        info = team.store.related_one(texts, "appInfo")
    fixed = [name for name in change.attributes if name in {"name", "subtitle"}]
    if info is not None and info.attributes["state"] not in _release.EDITABLE and (texts is None or fixed):
        raise not_editable(fixed or ["locale"])


def keep_primary(team: Team, texts: Record) -> None:
    """The primary language stays."""
    info = team.store.related_one(texts, "appInfo")
    app = team.store.related_one(info, "app") if info else None
    if app is not None and app.attributes["primaryLocale"] == texts.attributes["locale"]:
        raise bad_state("The localization of the app's primary locale can not be deleted.")


APP_INFOS = Resource(
    "appInfos",
    attributes={
        "appStoreState": one_of(
            "ACCEPTED",
            "DEVELOPER_REMOVED_FROM_SALE",
            "DEVELOPER_REJECTED",
            "IN_REVIEW",
            "INVALID_BINARY",
            "METADATA_REJECTED",
            "PENDING_APPLE_RELEASE",
            "PENDING_CONTRACT",
            "PENDING_DEVELOPER_RELEASE",
            "PREPARE_FOR_SUBMISSION",
            "PREORDER_READY_FOR_SALE",
            "PROCESSING_FOR_APP_STORE",
            "READY_FOR_REVIEW",
            "READY_FOR_SALE",
            "REJECTED",
            "REMOVED_FROM_SALE",
            "WAITING_FOR_EXPORT_COMPLIANCE",
            "WAITING_FOR_REVIEW",
            "REPLACED_WITH_NEW_VERSION",
            "NOT_APPLICABLE",
        ),
        "state": one_of(
            "ACCEPTED",
            "DEVELOPER_REJECTED",
            "IN_REVIEW",
            "PENDING_RELEASE",
            "PREPARE_FOR_SUBMISSION",
            "READY_FOR_DISTRIBUTION",
            "READY_FOR_REVIEW",
            "REJECTED",
            "REPLACED_WITH_NEW_INFO",
            "WAITING_FOR_REVIEW",
            default="PREPARE_FOR_SUBMISSION",
        ),
        "appStoreAgeRating": one_of(
            "L",
            "ALL",
            "ZERO_ZERO",
            "ONE_PLUS",
            "TWO_PLUS",
            "THREE_PLUS",
            "FOUR_PLUS",
            "FIVE_PLUS",
            "SIX_PLUS",
            "SEVEN_PLUS",
            "EIGHT_PLUS",
            "NINE_PLUS",
            "TEN_PLUS",
            "ELEVEN_PLUS",
            "TWELVE_PLUS",
            "THIRTEEN_PLUS",
            "FOURTEEN_PLUS",
            "FIFTEEN_PLUS",
            "SIXTEEN_PLUS",
            "SEVENTEEN_PLUS",
            "EIGHTEEN_PLUS",
            "NINETEEN_PLUS",
            "TWENTY_PLUS",
            "TWENTY_ONE_PLUS",
            "UNRATED",
            default="FOUR_PLUS",
        ),
        "australiaAgeRating": one_of("FIFTEEN", "EIGHTEEN"),
        "brazilAgeRating": one_of("L", "TEN", "TWELVE", "FOURTEEN", "SIXTEEN", "EIGHTEEN"),
        "brazilAgeRatingV2": one_of(
            "SELF_RATED_L",
            "SELF_RATED_TEN",
            "SELF_RATED_TWELVE",
            "SELF_RATED_FOURTEEN",
            "SELF_RATED_SIXTEEN",
            "SELF_RATED_EIGHTEEN",
            "OFFICIAL_L",
            "OFFICIAL_TEN",
            "OFFICIAL_TWELVE",
            "OFFICIAL_FOURTEEN",
            "OFFICIAL_SIXTEEN",
            "OFFICIAL_EIGHTEEN",
        ),
        "franceAgeRating": one_of("EIGHTEEN"),
        "koreaAgeRating": one_of("ALL", "TWELVE", "FIFTEEN", "NINETEEN", "NOT_APPLICABLE"),
        "kidsAgeBand": one_of("FIVE_AND_UNDER", "SIX_TO_EIGHT", "NINE_TO_ELEVEN"),
    },
    relationships={
        "app": one("apps", links=False),
        "ageRatingDeclaration": one("ageRatingDeclarations", related=Listing(), linkages=("GET",)),
        "appInfoLocalizations": many(
            "appInfoLocalizations",
            inverse="appInfo",
            related=Listing(filters=("locale",), include=True),
            linkages=("GET",),
        ),
        "primaryCategory": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "primarySubcategoryOne": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "primarySubcategoryTwo": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "secondaryCategory": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "secondarySubcategoryOne": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "secondarySubcategoryTwo": one("appCategories", related=Listing(include=True), linkages=("GET",)),
        "territoryAgeRatings": many("territoryAgeRatings", data=False),
    },
    get=True,
    update=Writing(
        optional=(
            "primaryCategory",
            "primarySubcategoryOne",
            "primarySubcategoryTwo",
            "secondaryCategory",
            "secondarySubcategoryOne",
            "secondarySubcategoryTwo",
        )
    ),
    check=check_info,
    updated=drop_subcategories,
    present=present_info,
    seeded=seed_info,
)


APP_INFO_LOCALIZATIONS = Resource(
    "appInfoLocalizations",
    attributes={
        "locale": text(),
        "name": text(longest=30),
        "subtitle": text(longest=30),
        "privacyPolicyUrl": text(),
        "privacyChoicesUrl": text(),
        "privacyPolicyText": text(),
    },
    relationships={
        "appInfo": one("appInfos", links=False),
    },
    get=True,
    create=Writing(
        required=("locale", "name", "appInfo"),
        optional=("subtitle", "privacyPolicyUrl", "privacyChoicesUrl", "privacyPolicyText"),
    ),
    update=Writing(
        optional=("name", "subtitle", "privacyPolicyUrl", "privacyChoicesUrl", "privacyPolicyText")
    ),
    delete=True,
    check=check_texts,
    keeping=keep_primary,
    unique=("locale", "appInfo"),
)


AGE_RATING_DECLARATIONS = Resource(
    "ageRatingDeclarations",
    attributes={
        "advertising": flag(),
        "alcoholTobaccoOrDrugUseOrReferences": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "contests": one_of("NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"),
        "gambling": flag(),
        "gamblingSimulated": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "gunsOrOtherWeapons": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "healthOrWellnessTopics": flag(),
        "kidsAgeBand": one_of("FIVE_AND_UNDER", "SIX_TO_EIGHT", "NINE_TO_ELEVEN"),
        "lootBox": flag(),
        "medicalOrTreatmentInformation": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "messagingAndChat": flag(),
        "parentalControls": flag(),
        "profanityOrCrudeHumor": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "ageAssurance": flag(),
        "sexualContentGraphicAndNudity": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "sexualContentOrNudity": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "socialMedia": flag(),
        "socialMediaAgeRestricted": flag(),
        "horrorOrFearThemes": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "matureOrSuggestiveThemes": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "unrestrictedWebAccess": flag(),
        "userGeneratedContent": flag(),
        "violenceCartoonOrFantasy": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "violenceRealisticProlongedGraphicOrSadistic": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "violenceRealistic": one_of(
            "NONE", "INFREQUENT_OR_MILD", "FREQUENT_OR_INTENSE", "INFREQUENT", "FREQUENT"
        ),
        "ageRatingOverride": one_of(
            "NONE", "NINE_PLUS", "THIRTEEN_PLUS", "SIXTEEN_PLUS", "SEVENTEEN_PLUS", "UNRATED"
        ),
        "ageRatingOverrideV2": one_of(
            "NONE", "NINE_PLUS", "THIRTEEN_PLUS", "SIXTEEN_PLUS", "EIGHTEEN_PLUS", "UNRATED"
        ),
        "koreaAgeRatingOverride": one_of("NONE", "FIFTEEN_PLUS", "NINETEEN_PLUS"),
        "developerAgeRatingInfoUrl": uri(),
    },
    update=Writing(
        optional=(
            "advertising",
            "alcoholTobaccoOrDrugUseOrReferences",
            "contests",
            "gambling",
            "gamblingSimulated",
            "gunsOrOtherWeapons",
            "healthOrWellnessTopics",
            "kidsAgeBand",
            "lootBox",
            "medicalOrTreatmentInformation",
            "messagingAndChat",
            "parentalControls",
            "profanityOrCrudeHumor",
            "ageAssurance",
            "sexualContentGraphicAndNudity",
            "sexualContentOrNudity",
            "socialMedia",
            "socialMediaAgeRestricted",
            "horrorOrFearThemes",
            "matureOrSuggestiveThemes",
            "unrestrictedWebAccess",
            "userGeneratedContent",
            "violenceCartoonOrFantasy",
            "violenceRealisticProlongedGraphicOrSadistic",
            "violenceRealistic",
            "ageRatingOverride",
            "ageRatingOverrideV2",
            "koreaAgeRatingOverride",
            "developerAgeRatingInfoUrl",
        )
    ),
)


APP_CATEGORIES = Resource(
    "appCategories",
    attributes={
        "platforms": listing("IOS", "MAC_OS", "TV_OS", "VISION_OS"),
    },
    relationships={
        "subcategories": many("appCategories", inverse="parent", related=Listing(), linkages=("GET",)),
        "parent": one("appCategories", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("platforms",), exists=("parent",), include=True),
    get=True,
)
