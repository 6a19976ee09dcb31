"""The whole sign-in over HTTP against the sandbox: every kind of account, codes, teams, renewal, trouble."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from signin_person import Someone

from lane import LaneError
from lane._errors import EXIT_CREDENTIALS, EXIT_FAILED, EXIT_PERSON
from lane_apple._codes.question import Resend
from lane_apple._session.cookie import Cookie
from lane_apple._session.session import CREDENTIAL, AppleSession
from lane_apple._signin import errors, password, srp
from lane_apple._signin.factor import MOST_RESENT

if TYPE_CHECKING:
    from lane_sandbox import Sandbox

DEVICE, SMS, SHARED, VOICE = "olive@example.com", "sms@example.com", "shared@example.com", "voice@example.com"
TEAMS, PLAIN, OLD, KEY = "teams@example.com", "plain@example.com", "old@example.com", "key@example.com"


@pytest.fixture
def someone(sandbox: Sandbox) -> Someone:
    return Someone(sandbox)


@pytest.fixture(params=[False])
def doubtful(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether proofs are made from numbers that begin with a zero byte: by chance, one in 256 is."""

    def made(*args: Any) -> srp.Proof:
        return replace(srp.prove(*args), doubtful=request.param)

    monkeypatch.setattr(password, "prove", made)
    return bool(request.param)


def ways(sandbox: Sandbox) -> list[tuple[str, str | None]]:
    return [(each["way"], each["phone"]) for each in sandbox.messages()]


class TestKindsOfAccount:
    def test_trusted_device(self, someone: Someone) -> None:
        before = someone.clock()
        session = someone.sign_in(DEVICE)
        assert session.signed_in
        assert session.account == DEVICE
        assert before <= session.made_at <= someone.clock()
        assert session.trust_until is not None
        assert session.trust_until == pytest.approx(session.made_at + 30 * 86_400, abs=60)
        (question,) = someone.asked
        assert (question.way, question.phone, question.length, question.attempt) == (
            "trusted_device",
            None,
            6,
            1,
        )
        assert before <= question.asked_at <= session.made_at
        assert someone.check(session).alive
        assert someone.said == [
            "The key of Apple's sign-in page is here.",
            "Apple took the password, and wants a code.",
            "Apple sends a code to the trusted devices.",
            "Apple took the code, and trusts this machine now.",
            f"The team in App Store Connect is Example Team ({session.provider_id}).",
        ]

    def test_one_number_gets_its_sms_without_being_asked_and_only_once(self, someone: Someone) -> None:
        assert someone.sign_in(SMS).signed_in
        (question,) = someone.asked
        assert (question.way, question.phone) == ("sms", "+49 ••• •••••85")
        assert ways(someone.sandbox) == [("sms", "+49 123 4567885")]

    @pytest.mark.parametrize("number", ["+49 123 4567885", "+491234567885"])
    def test_the_only_number_may_be_named(self, someone: Someone, number: str) -> None:
        assert someone.sign_in(SMS, phone=number).signed_in
        assert len(someone.sandbox.messages()) == 1

    @pytest.mark.parametrize(
        ("number", "way"),
        [("+33 6 12 34 56 43", "sms"), ("+34612345680", "sms"), ("+1-555-010-1177", "voice")],
    )
    def test_one_number_of_several_by_what_it_is(self, someone: Someone, number: str, way: str) -> None:
        session = someone.sign_in(SHARED, phone=number)
        assert session.signed_in
        ((delivered, phone),) = ways(someone.sandbox)
        assert delivered == way == someone.asked[0].way
        assert "".join(filter(str.isdigit, phone or "")) == "".join(filter(str.isdigit, number))

    def test_several_numbers_and_none_named_is_an_error_with_the_list(self, someone: Someone) -> None:
        with pytest.raises(errors.PhoneChoiceError, match=r"several numbers.*\+33 .*43, \+34 .*80") as caught:
            someone.sign_in(SHARED)
        assert len(caught.value.phones) == 4
        assert caught.value.exit_code == EXIT_CREDENTIALS
        assert someone.sandbox.messages() == []

    def test_several_numbers_and_a_person_who_chooses(self, someone: Someone) -> None:
        shown: list[Any] = []

        def choose(question: str, choices: Any) -> int:
            shown.extend(choices)
            return 1

        assert someone.sign_in(SHARED, choose=choose).signed_in
        assert ways(someone.sandbox) == [("sms", "+34 612 345 680")]
        assert len(shown) == 4

    def test_a_number_that_is_none_of_the_accounts(self, someone: Someone) -> None:
        with pytest.raises(errors.PhoneChoiceError, match="fits none of") as caught:
            someone.sign_in(SHARED, phone="+1 555 010 9999")
        assert "9999" not in str(caught.value)
        assert someone.sandbox.messages() == []

    def test_a_named_number_beats_the_trusted_devices(self, someone: Someone) -> None:
        assert someone.sign_in(DEVICE, phone="+1 555 010-1166").signed_in
        assert ways(someone.sandbox)[-1] == ("sms", "+1 (555) 010-1166")
        assert someone.asked[0].way == "sms"

    def test_a_number_that_only_takes_calls(self, someone: Someone) -> None:
        assert someone.sign_in(VOICE).signed_in
        assert someone.asked[0].way == "voice"
        assert [way for way, _ in ways(someone.sandbox)] == ["voice"]

    def test_no_second_factor(self, someone: Someone) -> None:
        session = someone.sign_in(PLAIN)
        assert session.signed_in
        assert session.trust_until is None
        assert someone.asked == []
        assert someone.renew(session).signed_in

    def test_two_step_verification_has_four_digits(self, someone: Someone) -> None:
        assert someone.sign_in(OLD).signed_in
        assert someone.asked[0].length == 4
        assert someone.asked[0].phone == "Otto's iPhone"

    def test_security_keys_need_a_person(self, someone: Someone) -> None:
        with pytest.raises(errors.SecurityKeyNeededError) as caught:
            someone.sign_in(KEY)
        assert caught.value.exit_code == EXIT_PERSON
        assert someone.asked == []

    @pytest.mark.parametrize("typed", ["  OLIVE@Example.COM ", "Olive@example.com"])
    def test_capitals_and_blanks_around_the_address_do_not_matter(self, someone: Someone, typed: str) -> None:
        assert someone.sign_in(typed).account == DEVICE

    @pytest.mark.parametrize("typed", ["", "   ", "olive @example.com", "olive\n@example.com", "\x00"])
    def test_what_is_no_address_is_never_sent(self, someone: Someone, typed: str) -> None:
        with pytest.raises(LaneError, match="no Apple ID"):
            someone.sign_in(typed, "secret")
        assert someone.sent == []


@pytest.mark.usefixtures("doubtful")
class TestRefusals:
    @pytest.mark.parametrize(
        ("account", "given", "error", "exit_code"),
        [
            (DEVICE, "Wrong-Horse-1", errors.WrongPasswordError, EXIT_CREDENTIALS),
            (DEVICE, "abcd-efgh-ijkl-mnop", errors.AppSpecificPasswordError, EXIT_CREDENTIALS),
            ("nobody@example.com", "Wrong-Horse-1", errors.UnknownAppleIdError, EXIT_CREDENTIALS),
            ("locked@example.com", None, errors.AccountLockedError, EXIT_PERSON),
            ("privacy@example.com", None, errors.AcknowledgementNeededError, EXIT_PERSON),
            ("outsider@example.com", None, errors.NoAccessError, EXIT_CREDENTIALS),
            ("refused@example.com", None, errors.CannotSignInNowError, EXIT_FAILED),
        ],
    )
    def test_each_is_an_error_of_its_own_and_tried_once(
        self, someone: Someone, account: str, given: str | None, error: type[LaneError], exit_code: int
    ) -> None:
        with pytest.raises(error) as caught:
            someone.sign_in(account, given)
        assert caught.value.exit_code == exit_code
        assert caught.value.hint
        assert caught.value.where == "POST /appleauth/auth/signin/complete"
        assert someone.count("signin/complete") == 1

    @pytest.mark.parametrize("doubtful", [False, True], indirect=True)
    def test_a_refusal_that_may_be_due_to_a_zero_byte_is_tried_once_more(
        self, someone: Someone, doubtful: bool
    ) -> None:
        with pytest.raises(errors.WrongPasswordError):
            someone.sign_in(DEVICE, "Wrong-Horse-1")
        assert someone.count("signin/init") == someone.count("signin/complete") == (2 if doubtful else 1)

    def test_a_blocked_network(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "error", "status": 503, "path": "/appleauth/auth/signin/complete"}])
        with pytest.raises(errors.SignInBlockedError, match="refused this network"):
            someone.sign_in(DEVICE)
        assert someone.count("signin/complete") == 1

    def test_trouble_after_the_sign_in_is_not_a_blocked_network(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "error", "status": 503, "path": "/olympus/v1/session"}])
        with pytest.raises(errors.CannotSignInNowError, match=r"Apple's service is in trouble \(503\)"):
            someone.sign_in(DEVICE)

    def test_too_many_sign_ins(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "rate_limit", "path": "/appleauth/auth/signin/complete"}])
        with pytest.raises(errors.SignInLimitError, match="wait") as caught:
            someone.sign_in(DEVICE)
        assert caught.value.retry_after > 0
        assert someone.count("signin/complete") == 1

    def test_a_locked_account_and_an_acknowledgement_that_come_of_a_sudden(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "acknowledgement", "account": DEVICE, "count": 1}])
        with pytest.raises(errors.AcknowledgementNeededError):
            someone.sign_in(DEVICE)
        someone.sandbox.arm([{"kind": "locked", "account": DEVICE, "count": 1}])
        for _ in range(2):
            with pytest.raises(errors.AccountLockedError):
                someone.sign_in(DEVICE)

    def test_an_app_specific_password_that_does_not_look_like_one(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "app_specific", "account": DEVICE}])
        with pytest.raises(errors.AppSpecificPasswordError, match="-20283") as caught:
            someone.sign_in(DEVICE, "Made-For-Mail-1")
        assert "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD" in str(caught.value.hint)
        with pytest.raises(errors.WrongPasswordError):
            someone.sign_in(DEVICE, "Made-For-Mail-1")
        assert someone.sign_in(DEVICE).signed_in

    def test_the_old_way_to_the_key_of_the_page_where_the_new_one_is_closed(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "error", "status": 404, "path": "/logout", "count": 2}])
        assert someone.sign_in(DEVICE).signed_in

    def test_both_ways_to_the_key_closed(self, someone: Someone) -> None:
        gone = {"kind": "error", "status": 404}
        someone.sandbox.arm(
            [{**gone, "path": "/logout", "count": 2}, {**gone, "path": "/olympus/v1/app/config*"}]
        )
        with pytest.raises(
            errors.SignInChangedError, match=r"New way: .*404.* Old way: .*404.*LANE_APPLE_WIDGET_KEY"
        ):
            someone.sign_in(DEVICE)
        someone.environment["LANE_APPLE_WIDGET_KEY"] = (
            "e0b80c3bf78523bfe80974d320935bfa30add02e1bff88ec2166c6bd5a706c42"
        )
        assert someone.sign_in(DEVICE).signed_in

    def test_the_answer_to_the_password_is_lost(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "reset", "path": "/appleauth/auth/signin/complete", "count": 1}])
        with pytest.raises(LaneError, match="lost"):
            someone.sign_in(DEVICE)


class TestCodes:
    def test_a_wrong_code_is_a_new_question(self, someone: Someone) -> None:
        someone.answers = ["000000", "not a code"]
        assert someone.sign_in(SMS).signed_in
        assert [each.attempt for each in someone.asked] == [1, 2, 3]
        assert len({each.asked_at for each in someone.asked}) == 1
        assert someone.count("phone/securitycode") == 2  # what is no code never leaves
        assert "That is not the code (1 of 3)." in someone.said

    def test_three_wrong_codes_end_it(self, someone: Someone) -> None:
        someone.answers = ["000000", "000001", "000002", "000003"]
        with pytest.raises(errors.WrongCodeError) as caught:
            someone.sign_in(DEVICE)
        assert caught.value.exit_code == EXIT_PERSON
        assert len(someone.asked) == 3
        assert someone.count("2sv/trust") == 0

    @pytest.mark.parametrize("spelt", [" {0} {1}\n", "{0}-{1}", "{0}\u00a0{1}"])
    def test_blanks_and_dashes_in_a_code_do_not_matter(self, someone: Someone, spelt: str) -> None:
        someone.answers = [lambda: spelt.format(someone.newest()[:3], someone.newest()[3:])]
        assert someone.sign_in(SMS).signed_in
        assert len(someone.asked) == 1

    def test_a_good_code_that_is_answered_with_409(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "code_conflict", "account": DEVICE, "count": 1}])
        assert someone.sign_in(DEVICE).signed_in

    def test_devices_that_show_nothing_until_asked(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "no_push", "account": DEVICE, "count": 1}])
        assert someone.sign_in(DEVICE).signed_in
        assert len(someone.sandbox.messages()) == 1

    def test_another_code_by_the_same_way(self, someone: Someone) -> None:
        someone.answers = [Resend()]
        assert someone.sign_in(SMS).signed_in
        assert [way for way, _ in ways(someone.sandbox)] == ["sms", "sms"]
        assert someone.asked[1].attempt == 1
        assert [each.resent for each in someone.asked] == [False, True]
        assert someone.asked[1].asked_at > someone.asked[0].asked_at

    @pytest.mark.parametrize(
        ("account", "given", "offered"),
        [
            (DEVICE, None, ("trusted_device", "sms")),
            (SHARED, "+34 612 345 680", ("sms", "voice")),
            (VOICE, None, ("voice",)),
        ],
    )
    def test_a_question_says_by_which_ways_a_code_can_come(
        self, someone: Someone, account: str, given: str | None, offered: tuple[str, ...]
    ) -> None:
        someone.sign_in(account, phone=given)
        assert [each.ways for each in someone.asked] == [offered]

    def test_a_device_of_the_old_verification_gets_no_sms(self, someone: Someone) -> None:
        someone.sign_in(OLD)
        assert "Apple sends a code to Otto's iPhone." in someone.said

    def test_another_code_by_sms_in_place_of_the_devices(self, someone: Someone) -> None:
        someone.answers = [Resend("sms")]
        assert someone.sign_in(DEVICE).signed_in
        assert someone.asked[1].way == "sms"
        assert ways(someone.sandbox)[-1] == ("sms", "+1 (555) 010-1166")

    def test_a_way_that_the_account_does_not_have(self, someone: Someone) -> None:
        someone.answers = [Resend("voice")]
        with pytest.raises(errors.PhoneChoiceError, match="by a call"):
            someone.sign_in(SMS)

    def test_codes_are_not_asked_for_without_end(self, someone: Someone) -> None:
        someone.answers = [Resend()] * (MOST_RESENT + 1)
        with pytest.raises(errors.TooManyCodesError):
            someone.sign_in(SMS)
        assert len(someone.sandbox.messages()) == MOST_RESENT + 1

    def test_apple_sends_no_more_codes(self, someone: Someone) -> None:
        someone.sandbox.arm([{"kind": "too_many_codes", "account": SHARED}])
        with pytest.raises(errors.TooManyCodesError) as caught:
            someone.sign_in(SHARED, phone="+34 612 345 680")
        assert caught.value.exit_code == EXIT_PERSON
        assert someone.asked == []

    def test_apple_sends_no_more_codes_by_itself(self, someone: Someone) -> None:
        for _ in range(10):
            someone.sign_in(SMS)
        with pytest.raises(errors.TooManyCodesError):
            someone.sign_in(SMS)
        assert len(someone.asked) == 10

    def test_apple_takes_no_more_codes(self, someone: Someone) -> None:
        with pytest.raises(errors.WrongCodeError):
            Someone(someone.sandbox, answers=["000000"] * 3).sign_in(DEVICE)
        someone.answers = ["000000"] * 2
        with pytest.raises(errors.TooManyCodesError):
            someone.sign_in(DEVICE)
        with pytest.raises(errors.TooManyCodesError):
            someone.sign_in(DEVICE)

    def test_a_code_that_comes_too_late(self, someone: Someone) -> None:
        def late() -> str:
            code = someone.newest()
            someone.sandbox.clock.advance(3601)
            return code

        someone.answers = [late]
        with pytest.raises(errors.LateCodeError) as caught:
            someone.sign_in(DEVICE)
        assert caught.value.exit_code == EXIT_PERSON

    def test_what_the_source_raises_goes_through(self, someone: Someone) -> None:
        def cancelled() -> str:
            raise KeyboardInterrupt

        someone.answers = [cancelled]
        with pytest.raises(KeyboardInterrupt):
            someone.sign_in(DEVICE)


class TestTeams:
    def test_the_only_team_needs_no_name(self, someone: Someone) -> None:
        session = someone.sign_in(DEVICE)
        health = someone.check(session)
        assert health.provider is not None
        assert session.provider_id == health.provider.id
        assert health.email == DEVICE

    @pytest.mark.parametrize("by", ["id", "text", "name", "case", "public"])
    def test_one_of_several_by_number_or_name(self, someone: Someone, by: str) -> None:
        with pytest.raises(errors.TeamChoiceError) as caught:
            someone.sign_in(TEAMS)
        labs = next(each for each in caught.value.providers if each.name == "Example Labs")
        spelt = {
            "id": labs.id,
            "text": f" {labs.id} ",
            "name": labs.name,
            "case": "example LABS",
            "public": labs.public_id,
        }
        session = someone.sign_in(TEAMS, provider=spelt[by])
        assert session.provider_id == labs.id
        assert someone.check(session).provider == labs

    def test_several_and_none_named_is_an_error_with_the_list_and_the_session(self, someone: Someone) -> None:
        with pytest.raises(errors.TeamChoiceError, match=r"several teams.*Example Labs \(\d+\)") as caught:
            someone.sign_in(TEAMS)
        assert caught.value.exit_code == EXIT_CREDENTIALS
        assert caught.value.session is not None
        assert someone.check(caught.value.session).alive

    def test_a_team_that_is_none_of_the_accounts(self, someone: Someone) -> None:
        with pytest.raises(errors.TeamChoiceError, match="'Nobody GmbH' is none of") as caught:
            someone.sign_in(DEVICE, provider="Nobody GmbH")
        assert caught.value.session is not None

    def test_a_person_chooses(self, someone: Someone) -> None:
        session = someone.sign_in(TEAMS, choose=lambda question, choices: choices.index(choices[-1]))
        assert someone.check(session).provider.id == session.provider_id  # type: ignore[union-attr]

    def test_the_portals_team_is_kept(self, someone: Someone) -> None:
        session = someone.sign_in(DEVICE, team_id="ABCDE12345")
        assert (session.team_id, someone.renew(session).team_id) == ("ABCDE12345", "ABCDE12345")


class TestRenewal:
    def test_with_password_and_trust_no_code_is_needed(self, someone: Someone) -> None:
        first = someone.sign_in(TEAMS, provider="Example Labs")
        someone.sandbox.clock.advance(86_400 + 1)
        health = someone.check(first)
        assert (health.app_store_connect, health.developer_portal) == ("dead", "dead")
        second = someone.renew(first)
        assert len(someone.asked) == 1
        assert second.provider_id == first.provider_id
        assert second.trust_until == first.trust_until
        assert someone.check(second).alive
        assert _value(second, CREDENTIAL) != _value(first, CREDENTIAL)

    def test_trust_goes_along_with_a_new_sign_in_too(self, someone: Someone) -> None:
        first = someone.sign_in(SMS)
        assert someone.sign_in(SMS, trust=first.cookies).signed_in
        assert len(someone.asked) == 1

    def test_trust_that_is_known_to_be_over_asks_nothing_of_apple(self, someone: Someone) -> None:
        session = someone.sign_in(SMS)
        someone.sandbox.clock.advance(31 * 86_400)
        before = len(someone.sent)
        with pytest.raises(errors.CodeNeededError, match="over") as caught:
            someone.renew(session)
        assert caught.value.exit_code == EXIT_PERSON
        assert len(someone.sent) == before

    def test_trust_that_apple_does_not_accept_needs_a_person_and_sends_no_sms(self, someone: Someone) -> None:
        session = someone.sign_in(SMS)
        someone.sandbox.reset()
        with pytest.raises(errors.CodeNeededError, match="does not accept"):
            someone.renew(session)
        assert someone.sandbox.messages() == []
        assert someone.count("signin/complete") == 2

    def test_the_password_is_not_doubted_at_once(self, someone: Someone) -> None:
        session = someone.sign_in(SMS)
        tried = someone.count("signin/complete")
        with pytest.raises(errors.WrongPasswordError):
            someone.renew(session, "Changed-Horse-1")
        assert someone.count("signin/complete") == tried + 2


class TestFaces:
    def test_each_face_dies_by_itself(self, someone: Someone) -> None:
        session = someone.sign_in(DEVICE)
        dies = {"kind": "signed_out", "account": DEVICE, "count": 1}
        someone.sandbox.arm([{**dies, "face": "developer_portal"}])
        health = someone.check(session)
        assert (health.app_store_connect, health.developer_portal) == ("alive", "dead")
        assert not health.alive
        someone.sandbox.arm([{**dies, "face": "app_store_connect"}])
        health = someone.check(session)
        assert (health.app_store_connect, health.developer_portal) == ("dead", "dead")
        assert health.troubles == ()

    def test_a_check_renews_the_short_lived_cookies_and_signs_nobody_in(self, someone: Someone) -> None:
        session = someone.sign_in(DEVICE)
        someone.sandbox.clock.advance(1801)
        health = someone.check(session)
        assert health.alive
        assert {each.name for each in health.cookies} >= {"dqsid", "itctx", CREDENTIAL}
        renewed = next(each for each in health.cookies if each.name == "dqsid")
        assert renewed.value != _value(session, "dqsid")
        assert someone.count("signin/complete") == 1

    def test_trouble_at_a_face_is_neither_alive_nor_dead(self, someone: Someone) -> None:
        session = someone.sign_in(DEVICE)
        someone.sandbox.arm([{"kind": "error", "status": 503, "path": "/olympus/*"}])
        health = someone.check(session)
        assert (health.app_store_connect, health.developer_portal) == ("unknown", "alive")
        assert len(health.troubles) == 1

    def test_a_session_of_apples_own_hosts_opens_an_apple_on_this_machine(self, someone: Someone) -> None:
        """As FASTLANE_SESSION brings it: it was made by a client that believed to talk to apple.com."""
        cookie = Cookie(CREDENTIAL, _value(someone.sign_in(DEVICE), CREDENTIAL), "apple.com")
        assert someone.check(AppleSession(DEVICE, (cookie,), 0.0, "elsewhere")).alive

    def test_nobody_is_dead_at_both(self, someone: Someone) -> None:
        health = someone.check(AppleSession(DEVICE, (), 0.0, "here"))
        assert (health.app_store_connect, health.developer_portal) == ("dead", "dead")


def _value(session: Any, name: str) -> str:
    return next(str(each.value) for each in session.cookies if each.name == name)
