"""Groups of testers as options describe them, and their way to Apple."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lane_apple
from lane import ActionError, Model
from lane_apple import (
    add_beta_testers,
    ensure_beta_group,
    find_beta_groups,
    find_beta_testers,
    remove_beta_testers,
)

from ._ensured import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane import Context
    from lane_apple import AppStoreConnect


class BetaTester(Model):
    """A tester, whom Apple invites by e-mail. The names are for someone whom Apple does not know yet."""

    email: str
    first_name: str | None = None
    last_name: str | None = None


class BetaGroup(Model):
    """A group as it is to be, made where there is none; what is left out stays as it is.

    `internal` and `has_access_to_all_builds` count when it is made: Apple changes neither later. `testers` are to
    be in it, the addresses in `removed` are not; others stay. `public_link_limit` is how many may come by the link.
    """

    name: str
    internal: bool | None = None
    has_access_to_all_builds: bool | None = None
    feedback: bool | None = None
    public_link: bool | None = None
    public_link_limit: int | None = None
    testers: list[BetaTester] = []  # noqa: RUF012 - pydantic copies a default, and the model is frozen
    removed: list[str] = []  # noqa: RUF012


def check_groups(apple: AppStoreConnect, app_id: str, groups: Sequence[BetaGroup | str]) -> None:
    """Raise ActionError for what cannot become so, before anything is changed."""
    wanted = [each for each in groups if isinstance(each, BetaGroup)]
    for group in wanted:
        _check_people(group)
    if missing := [each for each in groups if isinstance(each, str)]:
        find_beta_groups(apple, app_id, missing)
    if wanted:
        there = {each.name: each for each in find_beta_groups(apple, app_id)}
        for group in wanted:
            if group.name in there:
                _check_fixed(group, there[group.name])


def keep_groups(
    ctx: Context, apple: AppStoreConnect, app_id: str, groups: Sequence[BetaGroup | str]
) -> list[lane_apple.BetaGroup]:
    """Make the groups as they are described; one that is only named has to be there."""
    kept: list[lane_apple.BetaGroup] = []
    for each in groups:
        if isinstance(each, str):
            kept += find_beta_groups(apple, app_id, [each])
        else:
            kept.append(_keep(ctx, apple, app_id, each))
    return kept


def _keep(ctx: Context, apple: AppStoreConnect, app_id: str, wanted: BetaGroup) -> lane_apple.BetaGroup:
    options = wanted.model_dump(exclude={"name", "testers", "removed"})
    group = recorded(ctx, ensure_beta_group(apple, app_id, wanted.name, **options))
    if wanted.testers:
        inside = {each.email.lower() for each in find_beta_testers(apple, group.id)}
        for tester in wanted.testers:  # one by one, so that the ledger has those before one that is refused
            if tester.email.lower() not in inside:
                given = lane_apple.BetaTester(tester.email, tester.first_name, tester.last_name)
                recorded(ctx, add_beta_testers(apple, group, [given]))
    if wanted.removed:
        recorded(ctx, remove_beta_testers(apple, group, wanted.removed))
    return group


def _check_people(group: BetaGroup) -> None:
    emails = [each.email for each in group.testers]
    if wrong := [each for each in [*emails, *group.removed] if not _is_address(each)]:
        raise ActionError(
            f"{', '.join(map(repr, wrong))} is no e-mail address.",
            where=f"the group {group.name}",
            hint="Give the address of the tester's Apple ID, or the one that invitations go to.",
            code="email",
        )
    removed = {each.lower() for each in group.removed}
    if both := [each for each in emails if each.lower() in removed]:
        raise ActionError(
            f"{', '.join(both)} is to be in the group {group.name} and not to be.",
            hint="Name an address in testers or in removed.",
            code="tester_contradiction",
        )


def _is_address(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and host) and "@" not in host and not any(map(str.isspace, text))


def _check_fixed(wanted: BetaGroup, there: lane_apple.BetaGroup) -> None:
    pairs = (
        ("internal", wanted.internal, there.internal),
        ("has_access_to_all_builds", wanted.has_access_to_all_builds, there.has_access_to_all_builds),
    )
    for name, asked, found in pairs:
        if asked is not None and asked != found:
            raise ActionError(
                f"The group {wanted.name} is to have {name}={asked}, and has {name}={found}.",
                hint="Apple decides this when a group is made. Leave it out, or give another name.",
                code="beta_group_fixed",
            )
