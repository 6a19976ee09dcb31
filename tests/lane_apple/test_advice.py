"""Typical teams, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from advice_cases import (
    BARE,
    BUILD,
    DEAD_SESSION,
    DEFER,
    DETAILS,
    DSYMS,
    HELD_KEY,
    HELD_PASSWORD,
    HELD_SESSION,
    NIGHTLY,
    PEM,
    PINNED,
    READ,
    RECORD,
    UPLOAD,
    WRITING,
    advice,
    codes,
    need,
)

from lane_apple import api_key, app_specific_password, apple_id
from lane_apple._advice.need import Holding

if TYPE_CHECKING:
    from lane_apple._advice.advice import Advice, AdviceStep
    from lane_apple._advice.need import Need

TEAMS: dict[str, tuple[list[Need], dict[str, Any], bool, list[str]]] = {
    "builds and tests only": ([READ, BUILD], {}, False, []),
    "a key, and all can use it": ([READ, BUILD, UPLOAD, DSYMS], {"held": HELD_KEY}, False, []),
    "no key yet": ([READ, BUILD, UPLOAD, DSYMS], {}, False, ["api_key"]),
    "no key, and may make one": ([UPLOAD], {"said": "+api_key"}, False, ["api_key"]),
    "no key, and may not make one": ([UPLOAD], {"said": "-api_key"}, False, ["ask_for_api_key"]),
    "no key, may not, but a session does": (
        [DSYMS], {"said": "-api_key -reachable"}, True, ["ask_for_api_key", "attended", "session"],
    ),
    "a bare upload without a key": (
        [BARE], {"said": "-api_key"}, False, ["app_specific_password"],
    ),
    "a bare upload with a password": ([BARE], {"held": HELD_PASSWORD}, False, []),
    "match that writes": ([WRITING, BUILD], {}, False, ["lower"]),
    "match that writes, with a key": ([WRITING, BUILD], {"held": HELD_KEY}, False, []),
    "a first release": ([RECORD, UPLOAD], {"held": HELD_KEY}, True, ["once"]),
    "a first release, no key yet": ([RECORD], {}, True, ["api_key", "once"]),
    "a first release, and no key to be had": (
        [RECORD], {"said": "-api_key -reachable"}, True, ["ask_for_api_key", "attended", "session"],
    ),
    "pushes by certificates": ([PEM], {}, True, ["apns_key", "once"]),
    "privacy details in the release": (
        [UPLOAD, DETAILS], {"held": HELD_KEY}, True, ["split", "session"],
    ),
    "the same, with a Mac mini": (
        [UPLOAD, DETAILS], {"held": HELD_KEY, "said": "+reachable -shared"}, True, ["split", "session"],
    ),
    "the same, with hosted CI only": (
        [UPLOAD, DETAILS], {"held": HELD_KEY, "said": "-reachable"}, True, ["attended", "session"],
    ),
    "the same, with a session that lives": (
        [UPLOAD, DETAILS], {"held": HELD_KEY | HELD_SESSION, "said": "-reachable"}, True, ["session"],
    ),
    "several people, one Apple ID": (
        [RECORD], {"held": HELD_KEY, "said": "+shared"}, True, ["once", "phones"],
    ),
    "a pin that nobody needs": ([UPLOAD, PINNED], {"held": HELD_KEY}, True, ["lower"]),
    "a pin, and no key": ([UPLOAD, PINNED], {}, True, ["lower", "api_key"]),
    "a pin, and no right to make a key": (
        [PINNED], {"said": "-api_key +reachable"}, True, ["ask_for_api_key", "session"],
    ),
    "an Apple ID in a hook": (
        [need("before_all/notarise", apple_id, in_hook=True), UPLOAD], {"held": HELD_KEY}, True, ["hook"],
    ),
    "the sandbox": ([UPLOAD], {"held": HELD_KEY, "sandbox": True}, False, ["sandbox"]),
    "the sandbox, and nothing that Apple asks": ([BUILD], {"sandbox": True}, False, []),
    "no steps": ([], {}, False, []),
}  # fmt: skip


@pytest.mark.parametrize("team", TEAMS)
def test_what_a_team_is_told(team: str) -> None:
    needs, facts, affected, advised = TEAMS[team]
    made = advice(*needs, **facts)
    assert (made.affected, codes(made)) == (affected, advised)


@pytest.mark.parametrize(
    ("needs", "facts", "summary"),
    [
        ([], {}, "There are no steps to advise on."),
        ([READ], {}, "Not affected: no step has to prove to Apple who you are."),
        ([UPLOAD], {"held": HELD_KEY}, ("Not affected: what has to prove to Apple who you are has a credential that"
         " needs no code.")),
        ([UPLOAD], {}, "Not affected, once there is an API key: no step needs an Apple ID."),
        ([UPLOAD], {"said": "-api_key"}, ("No step needs an Apple ID, but upload needs an API key that somebody else"
         " has to make.")),
        ([RECORD], {}, "Affected: create_app_record needs an Apple ID."),
        ([READ, RECORD, PEM], {}, "Affected: create_app_record and pem need an Apple ID. The other step does not."),
        ([READ, BUILD, DSYMS], {"said": "-api_key"}, ("Affected: download_dsyms needs an Apple ID, as long as there is"
         " no API key. The 2 other steps do not.")),
        ([RECORD], {"held": HELD_SESSION}, ("Affected: create_app_record needs an Apple ID. A session carries it for"
         " another 20 h.")),
        ([RECORD, replace(PEM, lane="push")], {}, ("Affected: create_app_record in release, and pem in push need an"
         " Apple ID.")),
    ],
)  # fmt: skip
def test_the_verdict_in_a_sentence(needs: list[Need], facts: dict[str, Any], summary: str) -> None:
    assert advice(*needs, **facts).summary == summary


def _step(made: Advice, code: str) -> AdviceStep:
    [step] = [step for step in made.steps if step.code == code]
    return step


# Keys and passwords


def test_one_key_is_asked_for_that_does_for_all() -> None:
    made = advice(
        need("a", api_key(role="DEVELOPER")),
        need("b", api_key(role="ADMIN", kind="team")),
        need("c", api_key),
    )
    how = _step(made, "api_key").how
    assert "Make a team key with the role ADMIN (or a stronger one) in App Store Connect" in how[0]
    assert sum("Make a" in line for line in how) == 1
    assert _step(made, "api_key").steps == ("release/a", "release/b", "release/c")


def test_roles_that_cannot_be_compared_make_it_an_admin() -> None:
    made = advice(need("a", api_key(role="FINANCE")), need("b", api_key(role="APP_MANAGER")))
    assert "role ADMIN" in _step(made, "api_key").how[0]


def test_what_is_there_but_unfit_is_told_first() -> None:
    made = advice(UPLOAD, held={api_key: Holding(unfit="it holds a path.")})
    assert _step(made, "api_key").how[0] == "Found, but unfit: it holds a path."


def test_a_password_is_for_a_mac_and_says_its_variables() -> None:
    step = _step(advice(BARE, said="-api_key"), "app_specific_password")
    assert "Mac" in step.why
    assert any("FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD" in line for line in step.how)


def test_an_upload_that_could_be_bare_is_told_how_when_no_key_can_be_had() -> None:
    from lane_apple._advice.need import Remedy

    able = replace(UPLOAD, remedies=(Remedy(app_specific_password, "write upload(…, wait=0)."),))
    assert codes(advice(able)) == ["api_key"]
    made = advice(able, said="-api_key")
    assert codes(made) == ["ask_for_api_key", "app_specific_password"]
    assert _step(made, "app_specific_password").how[0] == f"{able.line}: write upload(…, wait=0)."
    made = advice(able, said="-api_key", held=HELD_PASSWORD)
    assert _step(made, "app_specific_password").how == (f"{able.line}: write upload(…, wait=0).",)


def test_another_providers_modes_are_not_apples_affair() -> None:
    class Play:
        name, attended, expires, fit_for_ci, names = "play_service_account", False, False, True, ()

        def how(self) -> list[str]:
            return []

        def find(self, environment: object, folder: object) -> None: ...

    made = advice(need("publish_play", Play()), need("either", Play(), apple_id))
    assert (made.affected, codes(made)) == (False, [])


# Apple IDs


def test_what_a_probe_sees_is_done_once_by_a_command_and_leaves_the_plan() -> None:
    made = advice(RECORD, replace(UPLOAD, follows=("create_app_record",)), held=HELD_KEY)
    step = _step(made, "once")
    assert step.how == (
        "`lane run release --local` at a terminal: it asks for the code.",
        "`lane plan release --probe` shows that it is gone.",
    )
    assert "Until then upload waits for it." in step.why
    [plan] = made.outlooks
    assert ([job.name for job in plan.jobs], plan.done) == (["main"], ("create_app_record",))


def test_what_is_scheduled_is_done_by_hand_as_a_job_of_that_name() -> None:
    made = advice(UPLOAD, replace(PEM, on=NIGHTLY), held=HELD_KEY)
    assert _step(made, "once").how[0].startswith("`lane run release --job scheduled --local`")


def test_a_split_names_the_line_and_shows_the_plan_that_results() -> None:
    tell = need("notify", follows=("privacy_details",))
    made = advice(READ, BUILD, UPLOAD, DETAILS, tell, held=HELD_KEY)
    assert _step(made, "split").how[0] == f"{DETAILS.line}: {DEFER.edit}"
    assert _step(made, "split").lines == (DETAILS.line,)
    [plan] = made.outlooks
    assert [(job.name, job.cron, job.attended, job.steps) for job in plan.jobs] == [
        ("main", None, False, ("match", "build_app", "upload")),
        ("scheduled", NIGHTLY, False, ("privacy_details", "notify")),
    ]
    assert "`lane run release --job scheduled`" in _step(made, "session").how[-1]


def test_what_follows_what_is_split_needs_no_edit_of_its_own() -> None:
    more = need("more_details", apple_id, follows=("privacy_details",), defer=DEFER)
    made = advice(UPLOAD, DETAILS, more, held=HELD_KEY)
    assert _step(made, "split").steps == ("release/privacy_details",)
    assert _step(made, "session").steps == ("release/privacy_details", "release/more_details")


def test_no_split_of_what_is_a_lane_of_its_own_or_deferred_already_or_waited_for() -> None:
    alone = [replace(DETAILS, follows=()), need("notify", follows=("privacy_details",))]
    deferred = [UPLOAD, replace(DETAILS, on=NIGHTLY, defer=None)]
    waited_for = [replace(DETAILS, follows=(), defer=None), replace(UPLOAD, follows=("privacy_details",))]
    for lane in (alone, deferred, waited_for):
        assert "split" not in codes(advice(*lane, held=HELD_KEY))


def test_two_that_meet_in_one_step_are_not_deferred_to_different_times() -> None:
    other = need("other_details", apple_id, follows=("upload",), defer=replace(DEFER, cron="0 5 * * *"))
    both = need("tell", follows=("privacy_details", "other_details"))
    assert _step(advice(UPLOAD, DETAILS, other, both), "split").steps == ("release/privacy_details",)
    assert len(_step(advice(UPLOAD, DETAILS, other), "split").steps) == 2


def test_without_a_machine_a_person_completes_the_job_that_the_planner_makes() -> None:
    made = advice(RECORD, UPLOAD, DETAILS, held=HELD_KEY, said="-reachable")
    assert _step(made, "attended").how == (
        "`lane run release` in CI does the rest, and leaves those pending.",
        "`lane run release --job attended --local` at a terminal completes it, in the same store.",
    )
    [plan] = made.outlooks
    assert [(job.name, job.attended, job.steps) for job in plan.jobs] == [
        ("main", False, ("upload",)),
        ("attended", True, ("privacy_details",)),
    ]


@pytest.mark.parametrize("said", ["", "+reachable", "-reachable"])
def test_a_session_is_never_advised_without_how_long_it_lives_and_where(said: str) -> None:
    step = _step(advice(UPLOAD, DETAILS, held=HELD_KEY, said=said), "session")
    assert "hours to days" in step.why
    assert "30 days, on the machine and in the network that made it" in step.why
    assert any("`lane auth login`" in line for line in step.how)


def test_a_session_that_is_there_is_told_alive_or_dead() -> None:
    alive = _step(advice(DETAILS, held=HELD_SESSION), "session")
    assert "There is one from a session: it is expected to live 20 h." in alive.why
    dead = _step(advice(DETAILS, held=DEAD_SESSION), "session")
    assert dead.how[0] == "Found, but of no use: a session that is dead"


def test_a_machine_that_can_be_reached_is_told_where_codes_come_from() -> None:
    how = " ".join(_step(advice(DETAILS, said="+reachable"), "session").how)
    assert all(name in how for name in ("LANE_CODE_FORM", "LANE_CODE_INBOX", "LANE_CODE_TWILIO_NUMBER"))
    assert "FASTLANE_SESSION" not in how
    assert "FASTLANE_SESSION" in " ".join(_step(advice(DETAILS, said="-reachable"), "session").how)


def test_a_shared_apple_id_is_told_the_variable_of_the_phone() -> None:
    how = " ".join(_step(advice(RECORD, said="+shared"), "phones").how)
    assert "SPACESHIP_2FA_SMS_DEFAULT_PHONE_NUMBER" in how


# Questions


def _open(made: Advice) -> list[str]:
    return [one.question.flag for one in made.open]


@pytest.mark.parametrize(
    ("needs", "facts", "open_"),
    [
        ([READ, BUILD], {}, []),
        ([UPLOAD], {"held": HELD_KEY}, []),
        ([UPLOAD], {}, ["--api-key"]),
        ([DSYMS], {"said": "-api_key"}, ["--reachable", "--shared"]),
        ([DSYMS], {"said": "+api_key"}, []),
        ([RECORD], {"held": HELD_KEY}, ["--shared"]),
        ([UPLOAD, DETAILS], {}, ["--api-key", "--reachable", "--shared"]),
        ([UPLOAD, DETAILS], {"said": "+api_key -reachable -shared"}, []),
        ([WRITING], {}, []),
    ],
)
def test_only_questions_that_change_the_advice_are_open(
    needs: list[Need], facts: dict[str, Any], open_: list[str]
) -> None:
    assert _open(advice(*needs, **facts)) == open_


def test_an_open_question_says_what_depends_on_it() -> None:
    [one] = advice(UPLOAD).open
    assert one.yes == ("Give an App Store Connect API key",)
    assert one.no == ("Ask the Account Holder or an Admin for an App Store Connect API key",)


def test_of_many_lanes_only_some_are_named() -> None:
    same = advice(*(need("pem", apple_id, lane=f"push_{index}") for index in range(6)))
    assert same.summary == "Affected: pem in push_0, push_1, push_2 and 3 more need an Apple ID."
    apart = advice(*(need(f"pem_{index}", apple_id, lane=f"push_{index}") for index in range(6)))
    named = "pem_0 in push_0, pem_1 in push_1, pem_2 in push_2, and others in 3 more lanes"
    assert apart.summary == f"Affected: {named} need an Apple ID."


def test_a_key_that_a_call_brings_itself_settles_it() -> None:
    assert codes(advice(need("pilot", api_key, apple_id, key=Holding("its option", unattended=True)))) == []
    assert codes(advice(need("pilot", api_key, apple_id))) == ["api_key"]
