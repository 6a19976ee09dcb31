"""Before a run: asks what is done already, and which sessions still live, and plans again by the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lane._errors import CredentialError, PersonNeededError, TransientError
from lane._plan.auth import ExpiringCredential

if TYPE_CHECKING:
    from collections.abc import Callable

    from lane._plan.credentials import Finder, Policy
    from lane._plan.prepare import Prepared

    Notice = Callable[[str, str], None]


def look(prepared: Prepared, find: Finder, notice: Notice, policy: Policy | None) -> dict[int, Any]:
    """Ask by the network, and plan again; the outputs of the steps that probes took out of the plan, by index.

    A session that is found dead makes its steps wait for a person, instead of holding back the job that they are in.
    """
    ended = _any_ended(prepared, find, notice)
    if ended:
        _plan_again(prepared, find, policy, {})
    satisfied = _what_is_done(prepared, find, notice)
    if satisfied:
        _plan_again(prepared, find, policy, satisfied)
    return satisfied


def _any_ended(prepared: Prepared, find: Finder, notice: Notice) -> bool:
    """Ask the credentials that expire whether they work; whether one does not."""
    ended = False
    for mode in dict.fromkeys(choice.mode for choice in prepared.plan.choices if choice.mode is not None):
        credential = find(mode).credential
        if not isinstance(credential, ExpiringCredential) or not credential.unattended:
            continue
        try:
            credential.ensure()
        except (PersonNeededError, CredentialError) as error:
            notice("warning", f"{error} {error.hint or ''}".strip())
            ended = True
        except TransientError as error:
            notice("warning", f"Whether {mode.name} works cannot be known now: {error}")
    return ended


def _what_is_done(prepared: Prepared, find: Finder, notice: Notice) -> dict[int, Any]:
    if not any(step.action.probe for step in prepared.graph.steps):
        return {}
    from lane._run.probing import Probing

    probing = Probing(prepared.graph, prepared.binding, prepared.environment, find, notice)
    return probing.satisfied(prepared.plan.choices)


def _plan_again(prepared: Prepared, find: Finder, policy: Policy | None, satisfied: dict[int, Any]) -> None:
    from lane._plan.planner import plan

    before = prepared.plan
    prepared.plan = plan(
        prepared.graph,
        before.modes,
        find,
        setting=before.setting,
        policy=policy,
        satisfied=satisfied.__contains__,
        by_machine=before.by_machine,
    )
    prepared.plan.digest = before.digest
