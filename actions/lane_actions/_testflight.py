"""`testflight`: a build's notes, groups, beta review, and the end of older builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from lane import ActionError, Context, Model, action
from lane_apple import (
    api_key_for,
    expire_build,
    find_app,
    find_builds,
    submit_to_beta_review,
)

from ._beta_groups import BetaGroup, check_groups, keep_groups
from ._build import Build
from ._distribution import hand_out, note
from ._door import app_store_connect
from ._ensured import recorded
from ._which_app import bundle_id_of_app

if TYPE_CHECKING:
    from lane_apple import App, AppStoreConnect


class BetaTesting(Model):
    """What testers have now. `build_id` is empty where the app has no build.

    `review` is Apple's betaReviewState, empty where none was asked for; `expired` are the ids of the builds that
    were to end.
    """

    build_id: str
    groups: list[str]
    review: str
    expired: list[str]


@action(auth=[api_key_for("builds", "betaGroups", "betaTesters", "betaAppReviewSubmissions")])
def testflight(
    ctx: Context,
    *,
    build: Annotated[Build | None, "What upload gave; left out: the newest that is processed"] = None,
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    whats_new: Annotated[dict[str, str] | None, 'What to Test by language: {"en-US": "Faster"}'] = None,
    groups: Annotated[
        list[BetaGroup | str] | None, "Those that get the build: made as described, or only named"
    ] = None,
    review: Annotated[bool, "Submit it to beta review, which external groups wait for"] = False,
    expire: Annotated[list[str] | None, "Numbers of builds that nobody can install any more, ever"] = None,
) -> BetaTesting:
    """Give testers a build, its notes in each language and their groups; what is so already is left alone.

    Apple invites whom a group gets new. All options are checked before the first change.
    """
    apple = app_store_connect(ctx)
    app = find_app(apple, build.bundle_id if build else bundle_id_of_app(ctx, bundle_id))
    ending = _ending(apple, app, expire or [])
    build_id = ""
    if whats_new or review or groups:
        build_id = _build_id(apple, app, build, needed=bool(whats_new) or review)
    if build_id in ending:
        raise ActionError(
            f"The build {ending[build_id]} is to be tested and to end.",
            hint="Take its number out of expire.",
            code="build_contradiction",
        )
    check_groups(apple, app.id, groups or [])
    kept = keep_groups(ctx, apple, app.id, groups or [])
    for locale, text in (whats_new or {}).items():
        note(ctx, apple, build_id, text, locale)
    if build_id:
        hand_out(ctx, apple, build_id, kept)
    state = recorded(ctx, submit_to_beta_review(apple, build_id)).state if review else ""
    for each in ending:
        recorded(ctx, expire_build(apple, each))
    return BetaTesting(
        build_id=build_id, groups=[each.name for each in kept], review=state, expired=list(ending)
    )


def _build_id(apple: AppStoreConnect, app: App, build: Build | None, *, needed: bool) -> str:
    """Apple's id of the build that testers get; empty where there is none and groups alone are to be kept."""
    if build is not None:
        if build.id:
            return build.id
        raise ActionError(
            f"Apple has not made a build of {build.version} ({build.number}) yet: nobody waited for it.",
            hint="Let upload wait (wait=3600), with an API key.",
            code="no_build",
        )
    found = next((each for each in find_builds(apple, app.id, state="VALID") if not each.expired), None)
    if found is None and needed:
        raise ActionError(
            f"{app.bundle_id} has no processed build that testers can have.",
            hint="Upload one first.",
            code="no_build",
        )
    return found.id if found else ""


def _ending(apple: AppStoreConnect, app: App, numbers: list[str]) -> dict[str, str]:
    """The builds with these numbers: number by Apple's id. Raises ActionError for one that is not there."""
    found: dict[str, str] = {}
    for number in dict.fromkeys(numbers):
        # Nothing promises that Apple's filter is exact.
        fitting = [each for each in find_builds(apple, app.id, number=number) if each.number == number]
        if not fitting:
            raise ActionError(
                f"{app.bundle_id} has no build with the number {number}.",
                hint="Correct expire; App Store Connect lists the builds under TestFlight.",
                code="no_build",
            )
        found |= {each.id: each.number for each in fitting}
    return found
