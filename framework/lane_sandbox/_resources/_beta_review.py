"""The beta review, the agreement with testers, and export compliance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane_sandbox import _assets
from lane_sandbox._problem import bad_attribute, bad_state, cannot_process
from lane_sandbox._resource import (
    Change,
    Event,
    Listing,
    Resource,
    Writing,
    date,
    document,
    flag,
    integer,
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

OPEN = frozenset({"WAITING_FOR_REVIEW", "IN_REVIEW"})


def check_submission(team: Team, _record: Record | None, change: Change) -> None:
    """A build is submitted once, when it is ready, and one of a version at a time."""
    build = team.store.find("builds", str(change.link("build")))
    assert build is not None
    values = team.attributes(build)
    if values["processingState"] != "VALID" or values["expired"]:
        raise cannot_process("The build is not in a valid processing state for this operation.")
    if values["usesNonExemptEncryption"] is None:
        pointer = "/data/attributes/usesNonExemptEncryption"
        missing = bad_attribute("usesNonExemptEncryption", "REQUIRED", "Export compliance is missing")
        missing["source"] = {"pointer": pointer}
        raise bad_state(
            "The build has no answer about encryption yet.", {f"/v1/builds/{build.id}": [missing]}
        )
    if team.store.related(build, "betaAppReviewSubmission"):
        raise cannot_process("The build has been submitted for beta review already.")
    version = team.store.related_one(build, "preReleaseVersion")
    for other in team.store.related(version, "builds") if version else ():
        submission = team.store.related_one(other, "betaAppReviewSubmission")
        if submission and submission.attributes["betaReviewState"] in OPEN:
            raise cannot_process("Another build is in review.")


def submit(team: Team, submission: Record, _change: Change) -> None:
    """The submission waits until somebody at Apple takes it up."""
    now = team.clock.now()
    values = {"betaReviewState": "WAITING_FOR_REVIEW", "submittedDate": team.clock.date(now)}
    team.store.change(submission, values)
    team.schedule(submission, "taken up", now + team.review_seconds / 2)


def take_up(team: Team, submission: Record, _found: None) -> None:
    """The review has begun."""
    team.store.change(submission, {"betaReviewState": "IN_REVIEW"})
    team.schedule(submission, "decided", submission.private["since"] + team.review_seconds / 2)


def decide(team: Team, submission: Record, _found: None) -> None:
    """The review ends well, unless a fault was ordered."""
    rejected = team.faults.strikes("rejected", submission)
    team.store.change(submission, {"betaReviewState": "REJECTED" if rejected else "APPROVED"})


def seed_submission(team: Team, submission: Record) -> None:
    """One of the seed file that is open goes on by the clock."""
    if submission.attributes["betaReviewState"] in OPEN:
        submit(team, submission, Change({}, {}))


def complete_declaration(team: Team, declaration: Record, _change: Change) -> None:
    """A declaration that needs no document is approved at once."""
    values = declaration.attributes
    needs = values["containsProprietaryCryptography"] or (
        values["containsThirdPartyCryptography"] and values["availableOnFrenchStore"]
    )
    found = {
        "createdDate": team.clock.date(),
        "usesEncryption": True,
        "exempt": not needs,
        "appEncryptionDeclarationState": "CREATED" if needs else "APPROVED",
    }
    team.store.change(declaration, found)


def seed_declaration(team: Team, declaration: Record) -> None:
    """One of the seed file is approved, unless it says otherwise."""
    values = {"appEncryptionDeclarationState": "APPROVED", "createdDate": team.clock.date()}
    given = {name: value for name, value in declaration.attributes.items() if value is not None}
    team.store.change(declaration, values | given)


def approve(team: Team, declaration: Record, _found: None) -> None:
    """Apple has read the document."""
    rejected = team.faults.strikes("rejected", declaration)
    team.store.change(declaration, {"appEncryptionDeclarationState": "REJECTED" if rejected else "APPROVED"})


def commit_document(team: Team, document: Record, change: Change) -> None:
    """With its document, a declaration goes into review."""
    _assets.commit(team, document, change)
    declaration = team.store.related_one(document, "appEncryptionDeclaration")
    if declaration is None or not change.attributes.get("uploaded"):
        return
    now = team.clock.now()
    values = {"uploadedDate": team.clock.date(now), "documentName": document.attributes["fileName"]}
    team.store.change(declaration, values | {"appEncryptionDeclarationState": "IN_REVIEW"})
    team.schedule(declaration, "read", now + team.review_seconds)


def check_document(team: Team, document: Record | None, change: Change) -> None:
    """A declaration has one document."""
    if document is None:
        declaration = team.store.find(
            "appEncryptionDeclarations", str(change.link("appEncryptionDeclaration"))
        )
        if declaration and team.store.related(declaration, "appEncryptionDeclarationDocument"):
            raise bad_state("The declaration has a document already.")
    _assets.check(team, document, change)


def check_declared_builds(team: Team, declaration: Record, _name: str, builds: list[str]) -> None:
    """A declaration is for builds of its own app, once it is approved."""
    if declaration.attributes["appEncryptionDeclarationState"] != "APPROVED":
        raise bad_state("The encryption declaration is not approved.")
    for identifier in builds:
        build = team.store.find("builds", identifier)
        if build and build.links["app"] != declaration.links["app"]:
            raise bad_state(f"'{identifier}' is a build of another app.")


def present_declaration(_team: Team, declaration: Record) -> dict[str, Any]:
    """Booleans are never null in answers."""
    names = ("usesEncryption", "exempt")
    return {name: bool(declaration.attributes[name]) for name in names}


BETA_APP_REVIEW_SUBMISSIONS = Resource(
    "betaAppReviewSubmissions",
    attributes={
        "betaReviewState": one_of("WAITING_FOR_REVIEW", "IN_REVIEW", "REJECTED", "APPROVED"),
        "submittedDate": date(),
    },
    relationships={
        "build": one("builds", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("betaReviewState", "build"), required=("build",), include=True),
    get=True,
    create=Writing(required=("build",)),
    family="testflight",
    check=check_submission,
    created=submit,
    seeded=seed_submission,
    events={"taken up": Event(take_up), "decided": Event(decide)},
)


BETA_LICENSE_AGREEMENTS = Resource(
    "betaLicenseAgreements",
    attributes={
        "agreementText": text(),
    },
    relationships={
        "app": one("apps", related=Listing(), linkages=("GET",)),
    },
    listing=Listing(filters=("app",), include=True),
    get=True,
    update=Writing(optional=("agreementText",)),
    family="testflight",
)


APP_ENCRYPTION_DECLARATIONS = Resource(
    "appEncryptionDeclarations",
    attributes={
        "appDescription": text(),
        "createdDate": date(),
        "usesEncryption": flag(),
        "exempt": flag(),
        "containsProprietaryCryptography": flag(),
        "containsThirdPartyCryptography": flag(),
        "availableOnFrenchStore": flag(),
        "platform": one_of("IOS", "MAC_OS", "TV_OS", "VISION_OS"),
        "uploadedDate": date(),
        "documentUrl": text(),
        "documentName": text(),
        "documentType": text(),
        "appEncryptionDeclarationState": one_of(
            "CREATED", "IN_REVIEW", "APPROVED", "REJECTED", "INVALID", "EXPIRED"
        ),
        "codeValue": text(),
    },
    relationships={
        "app": one("apps", related=Listing(), linkages=("GET",)),
        "builds": many("builds", inverse="appEncryptionDeclaration", linkages=("POST",), most=1000),
        "appEncryptionDeclarationDocument": one(
            "appEncryptionDeclarationDocuments",
            inverse="appEncryptionDeclaration",
            related=Listing(),
            linkages=("GET",),
        ),
    },
    listing=Listing(filters=("platform", "app", "builds"), include=True),
    get=True,
    create=Writing(
        required=(
            "appDescription",
            "containsProprietaryCryptography",
            "containsThirdPartyCryptography",
            "availableOnFrenchStore",
            "app",
        )
    ),
    created=complete_declaration,
    linking=check_declared_builds,
    present=present_declaration,
    seeded=seed_declaration,
    events={"read": Event(approve)},
)


APP_ENCRYPTION_DECLARATION_DOCUMENTS = Resource(
    "appEncryptionDeclarationDocuments",
    attributes={
        "fileSize": integer(),
        "fileName": text(),
        "assetToken": text(),
        "downloadUrl": uri(),
        "sourceFileChecksum": text(),
        "uploadOperations": listing(),
        "assetDeliveryState": document(),
    },
    relationships={
        "appEncryptionDeclaration": one("appEncryptionDeclarations", hidden=True),
    },
    inputs={
        "uploaded": flag(),
    },
    get=True,
    create=Writing(required=("fileSize", "fileName", "appEncryptionDeclaration")),
    update=Writing(optional=("sourceFileChecksum", "uploaded")),
    check=check_document,
    created=_assets.reserve,
    updated=commit_document,
    present=_assets.present,
    seeded=_assets.seed,
    events=_assets.EVENTS,
)
