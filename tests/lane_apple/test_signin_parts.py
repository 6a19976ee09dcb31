"""Parts of the sign-in: numbers, teams, and what each of Apple's answers means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane import ActionError, CredentialError, LaneError, PersonNeededError, TransientError
from lane_apple._signin import errors
from lane_apple._signin.outcome import USUAL_WAIT, refusal_of
from lane_apple._signin.phones import VARIABLE, Phone, choose_phone, matches, phone_of
from lane_apple._signin.teams import Provider, choose_provider, provider_of, providers_of
from lane_apple._signin.wire import Reply, Step


def reply(
    status: int,
    body: object = b"",
    *,
    step: Step = "srp_complete",
    cookies: tuple[str, ...] = (),
    wait: float | None = None,
    **headers: str,
) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(step, f"POST /{step}", status, named, raw, cookies, wait)


def service(code: object, place: str = "serviceErrors", **more: Any) -> dict[str, Any]:
    return {place: [{"code": code, "message": "Apple's own words."}], "hasError": True, **more}


HTML_503 = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"


class TestOutcomes:
    """Every row of apple-id-login.md, 4.6, and of 10."""

    @pytest.mark.parametrize(
        ("answer", "kind", "base"),
        [
            (reply(401, service("-20101")), errors.WrongPasswordError, CredentialError),
            (reply(401, service(-20101)), errors.WrongPasswordError, CredentialError),
            (reply(401), errors.WrongPasswordError, CredentialError),
            (reply(200, b'<input invalid="true">'), errors.WrongPasswordError, CredentialError),
            (reply(401, service("-20283")), errors.AppSpecificPasswordError, CredentialError),
            (reply(403), errors.UnknownAppleIdError, CredentialError),
            (reply(403, service("-20101")), errors.UnknownAppleIdError, CredentialError),
            (reply(403, service("-20209")), errors.AccountLockedError, PersonNeededError),
            (reply(403, service("-36607")), errors.CannotSignInNowError, ActionError),
            (reply(403, service("-1018")), errors.CannotSignInNowError, ActionError),
            (reply(200, service("-22421")), errors.CannotSignInNowError, ActionError),
            (reply(500), errors.SignInChangedError, ActionError),
            (reply(412, {"authType": "hsa2"}), errors.AcknowledgementNeededError, PersonNeededError),
            (reply(412, {"authType": "sa"}), errors.AcknowledgementNeededError, PersonNeededError),
            (reply(412), errors.AcknowledgementNeededError, PersonNeededError),
            (reply(400, cookies=("itctx=x; Path=/",)), errors.NoAccessError, CredentialError),
            (reply(409, {}, **{"X-Apple-EDP": "1"}), errors.PasswordProofNeededError, PersonNeededError),
            (reply(409, {}, **{"X-Apple-PDP": "1"}), errors.PasswordProofNeededError, PersonNeededError),
            (reply(503, HTML_503), errors.SignInBlockedError, ActionError),
            (reply(429), errors.SignInLimitError, ActionError),
            (reply(403, b"<html><title>Access Denied</title>"), errors.RegionBlockedError, ActionError),
            (reply(451), errors.RegionBlockedError, ActionError),
            (reply(418, b"{}"), errors.SignInChangedError, ActionError),
            (reply(200, HTML_503, step="srp_init"), errors.SignInChangedError, ActionError),
            (reply(200, service("-900007"), step="srp_init"), errors.SignInChangedError, ActionError),
            (reply(502, step="trust"), errors.CannotSignInNowError, ActionError),
            (reply(401, step="code_options"), errors.LateCodeError, PersonNeededError),
            (reply(500, service(-28248), step="code_request"), errors.TooManyCodesError, PersonNeededError),
        ],
    )
    def test_each_has_its_own_error(
        self, answer: Reply, kind: type[LaneError], base: type[LaneError]
    ) -> None:
        error = refusal_of(answer)
        assert type(error) is kind
        assert isinstance(error, base)
        assert not isinstance(error, TransientError)  # the engine would sign in again at once
        assert error.hint
        assert error.where == answer.where

    def test_every_class_has_a_code_of_its_own(self) -> None:
        kinds = [
            each
            for each in vars(errors).values()
            if isinstance(each, type) and each.__module__ == errors.__name__
        ]
        codes = [each.code for each in kinds]
        assert len(codes) == len(set(codes)) == 21

    @pytest.mark.parametrize("place", ["serviceErrors", "service_errors", "validationErrors"])
    def test_apples_code_is_found_wherever_it_stands(self, place: str) -> None:
        assert isinstance(refusal_of(reply(400, service("-20209", place))), errors.AccountLockedError)

    @pytest.mark.parametrize(("given", "wait"), [(7.0, 7.0), (0.0, 0.0), (None, USUAL_WAIT)])
    def test_the_wait_is_apples(self, given: float | None, wait: float) -> None:
        error = refusal_of(reply(429, wait=given))
        assert isinstance(error, errors.SignInLimitError)
        assert error.retry_after == wait
        assert f"{wait:.0f} seconds" in error.message

    def test_a_page_is_named_by_its_title(self) -> None:
        error = refusal_of(reply(404, b"<html><title>Error 404</title>", step="code"))
        assert "a page (404 Error 404) where JSON was expected" in error.message
        assert "(503 Service Temporarily Unavailable)" in refusal_of(reply(503, HTML_503)).message

    @given(
        st.binary(max_size=300), st.integers(100, 599), st.sampled_from(["srp_init", "srp_complete", "code"])
    )
    def test_no_answer_breaks_it(self, body: bytes, status: int, step: Any) -> None:
        assert isinstance(refusal_of(reply(status, body, step=step)), LaneError)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["serviceErrors", "code", "message", "x"]), inner, max_size=3
                )
            ),
            max_leaves=8,
        )
    )
    def test_no_json_breaks_it(self, body: object) -> None:
        assert isinstance(refusal_of(reply(400, body)), LaneError)

    def test_json_without_end_is_no_json(self) -> None:
        with pytest.raises(errors.SignInChangedError, match="no JSON object"):
            reply(200, b"[" * 100_000, step="srp_init").json()

    def test_nothing_of_an_answer_is_in_its_repr(self) -> None:
        shown = repr(reply(200, {"secret": "canary"}, cookies=("myacinfo=canary",), scnt="canary"))
        assert "canary" not in shown


PHONES = (
    Phone(1, "+49 •••• •••••85"),
    Phone(2, "+1 (•••) •••-••66"),
    Phone(3, "+353 •• ••• ••43", "voice"),
)


class TestPhones:
    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("+49 123 4567885", "+49 •••• •••••85"),
            ("+1-123-456-7866", "+1 (•••) •••-••66"),
            ("+353123456743", "+353 •• ••• ••43"),
            ("+4900000000011", "+49\u00a0•••••••••11"),
            ('"+49 (123) 4567-885"', "+49 •••• •••••85"),
            ("Otto's iPhone", "Otto's iPhone"),
        ],
    )
    def test_numbers_that_match(self, number: str, masked: str) -> None:
        assert matches(number, masked)

    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("+49 123 4567884", "+49 •••• •••••85"),
            ("+43 123 4567885", "+49 •••• •••••85"),
            ("+49 123 456788585", "+49 •••• •••••85"),
            ("+49 12 885", "+49 •••• •••••85"),
            ("85", "+49 •••• •••••85"),
            ("", "+49 •••• •••••85"),
            ("+49 123 45678.5", "+49 •••• •••••85"),
            ("+49٣٤٥٦٧٨٩٠١85", "+49 •••• •••••85"),
        ],
    )
    def test_numbers_that_do_not(self, number: str, masked: str) -> None:
        assert not matches(number, masked)

    @given(
        code=st.from_regex(r"\A\+[1-9][0-9]{0,2}\Z"),
        hidden=st.text("0123456789", min_size=3, max_size=12),
        last=st.text("0123456789", min_size=2, max_size=2),
        extra=st.integers(0, 2),
    )
    def test_any_number_matches_its_mask(self, code: str, hidden: str, last: str, extra: int) -> None:
        masked = f"{code} {'•' * (len(hidden) + extra)}{last}"
        assert matches(f"{code} {hidden}{last}", masked)
        other = f"{(int(last) + 1) % 100:02}"
        assert not matches(f"{code} {hidden}{other}", masked)

    def test_the_variable(self) -> None:
        assert phone_of({}) is None
        assert phone_of({VARIABLE: " +49 123 4567885 "}) == "+49 123 4567885"
        with pytest.raises(CredentialError, match="set and empty"):
            phone_of({VARIABLE: "  "})

    def test_a_named_one_wins(self) -> None:
        assert choose_phone(PHONES, "+353 12 345 6743", None) is PHONES[2]

    def test_a_number_that_fits_two_is_an_error(self) -> None:
        two = (Phone(1, "+49 •••• •••••85"), Phone(2, "+49 ••• •••••85"))
        with pytest.raises(errors.PhoneChoiceError, match="fits several of"):
            choose_phone(two, "+49 123 4567885", None)

    def test_the_same_number_twice_is_one(self) -> None:
        assert choose_phone((PHONES[0], PHONES[0]), "+49 123 4567885", None) is PHONES[0]

    def test_the_only_one_needs_no_choice(self) -> None:
        assert choose_phone(PHONES[:1], None, None) is PHONES[0]

    def test_the_number_that_was_named_is_not_in_the_error(self) -> None:
        with pytest.raises(errors.PhoneChoiceError) as caught:
            choose_phone(PHONES, "+1 555 9876543", None)
        assert "9876543" not in f"{caught.value}{caught.value.hint}"
        assert caught.value.phones == PHONES


TEAMS = (Provider(1, "Alpha", "public-1"), Provider(2, "Beta"), Provider(3, "2"), Provider(4, "beta"))


class TestTeams:
    @pytest.mark.parametrize(
        ("wanted", "expected"), [(1, 1), ("1", 1), (" 3 ", 3), ("alpha", 1), ("public-1", 1), ("2", 2)]
    )
    def test_by_number_then_by_name(self, wanted: str | int, expected: int) -> None:
        assert choose_provider(TEAMS, wanted, None).id == expected

    def test_a_name_of_two_teams_is_an_error(self) -> None:
        with pytest.raises(errors.TeamChoiceError, match="is the name of several teams"):
            choose_provider(TEAMS, "BETA", None)

    def test_an_id_beats_a_name_in_the_environment(self) -> None:
        assert provider_of({"FASTLANE_ITC_TEAM_NAME": "Beta", "FASTLANE_ITC_TEAM_ID": "1"}) == "1"
        assert provider_of({"FASTLANE_ITC_TEAM_NAME": "Beta", "FASTLANE_ITC_TEAM_ID": " "}) == "Beta"
        assert provider_of({}) is None

    def test_apples_list_is_sorted_and_what_is_no_team_is_left_out(self) -> None:
        found = providers_of(
            [{"providerId": 2, "name": "b"}, {"providerId": 1, "name": "B"}, {}, None, {"providerId": "3"}]
        )
        assert [each.id for each in found] == [1, 2]
        assert providers_of(None) == ()
