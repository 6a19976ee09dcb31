"""Beta review of a build, and the end of a build in TestFlight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._ensured import Change, Ensured
from ._once import once
from ._query import query

if TYPE_CHECKING:
    from ._client import AppStoreConnect
    from ._document import Resource


@dataclass(frozen=True, slots=True)
class BetaReview:
    """What became of a build's beta review: WAITING_FOR_REVIEW, IN_REVIEW, REJECTED or APPROVED."""

    id: str
    state: str


def find_beta_review(apple: AppStoreConnect, build_id: str) -> BetaReview | None:
    """The beta review that a build was submitted to, or None."""
    found = _find(apple, build_id)
    return None if found is None else _review(found)


def submit_to_beta_review(apple: AppStoreConnect, build_id: str) -> Ensured[BetaReview]:
    """Submit a build that was not submitted yet: external testers get it when Apple approves.

    Raises AppleError where something is missing, such as What to Test or the contact of the beta review.
    """
    found = _find(apple, build_id)
    if found is not None:
        return Ensured(_review(found))

    def act() -> Resource:
        return apple.create("betaAppReviewSubmissions", {}, {"build": ("builds", build_id)})

    review = _review(once(apple, act, lambda: _find(apple, build_id)))
    return Ensured(review, (Change(f"builds/{build_id} betaReviewState", None, review.state),))


def expire_build(apple: AppStoreConnect, build_id: str) -> Ensured[None]:
    """End a build in TestFlight, if it has not ended: nobody can install it from now on, ever."""

    def is_expired() -> bool:
        path, asked = f"/v1/builds/{build_id}", query(fields={"builds": ["expired"]}, limit=None)
        return bool(apple.get(path, asked).one.attributes.get("expired"))

    if is_expired():
        return Ensured(None)

    def act() -> bool:
        apple.update("builds", build_id, {"expired": True})
        return True

    once(apple, act, lambda: is_expired() or None)
    return Ensured(None, (Change(f"builds/{build_id} expired", False, True),))


def _find(apple: AppStoreConnect, build_id: str) -> Resource | None:
    return next(apple.find("/v1/betaAppReviewSubmissions", query({"build": build_id})), None)


def _review(resource: Resource) -> BetaReview:
    return BetaReview(resource.id, str(resource.attributes.get("betaReviewState") or "WAITING_FOR_REVIEW"))
