"""Gives a build its What to Test and its groups, with each change in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_apple import add_to_beta_groups, find_whats_new, set_whats_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane import Context
    from lane_apple import AppStoreConnect, BetaGroup


def note(ctx: Context, apple: AppStoreConnect, build_id: str, text: str, locale: str) -> None:
    """Set a build's What to Test in one language, if it differs."""
    before = find_whats_new(apple, build_id, locale=locale)
    if set_whats_new(apple, build_id, text, locale=locale):
        ctx.log.info(f"What to Test is set ({locale}).")
        ctx.change(f"builds/{build_id} whatsNew ({locale})", before=before, after=text)


def hand_out(ctx: Context, apple: AppStoreConnect, build_id: str, groups: Sequence[BetaGroup]) -> None:
    """Give a build to the groups that do not have it."""
    for group in add_to_beta_groups(apple, build_id, groups):
        ctx.log.info(f"The group {group.name} has the build now.")
        ctx.change(f"betaGroups/{group.id} has builds/{build_id}", before=False, after=True)
