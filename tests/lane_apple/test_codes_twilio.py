"""Polling Twilio, against a stand-in that behaves as documented."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from codes_harness import SHORT, ask, asking, question
from twilio_stand_in import TwilioStandIn

from lane import Secret
from lane_apple._codes.question import SourceError
from lane_apple._codes.twilio import Twilio, TwilioClient

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = "+4915112345685"
TEXT = "Your Apple ID Code is: {}. Don't share it with anyone."


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as server:
        yield server


@pytest.fixture
def source(twilio: TwilioStandIn) -> Twilio:
    return Twilio(twilio.account_sid, Secret(twilio.auth_token), NUMBER, url=twilio.url, every=0.02)


def test_the_code_is_in_a_message_that_comes_later(twilio: TwilioStandIn, source: Twilio) -> None:
    with asking(source) as asked:
        twilio.until_asked(2)
        twilio.receive(NUMBER, TEXT.format("012345"))
        assert asked.answer() == "012345"
    assert f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json?To=%2B{NUMBER[1:]}" in twilio.asked[0]
    assert "DateSent%3E=20" in twilio.asked[0]


def test_messages_from_before_to_others_from_others_and_sent_ones_do_not_count(
    twilio: TwilioStandIn, source: Twilio
) -> None:
    twilio.receive(NUMBER, TEXT.format("111111"), ago=60)
    twilio.receive("+18005550199", TEXT.format("222222"))
    twilio.receive(NUMBER, "Your bank's code is 333333.")
    twilio.receive(NUMBER, TEXT.format("444444"), direction="outbound-api")
    assert ask(source, seconds=SHORT) is None


def test_the_newest_code_counts(twilio: TwilioStandIn, source: Twilio) -> None:
    twilio.receive(NUMBER, TEXT.format("111111"), ago=3)
    twilio.receive(NUMBER, TEXT.format("012345"))
    assert ask(source, question(asked_at=0)) == "012345"


def test_a_message_is_given_once(twilio: TwilioStandIn, source: Twilio) -> None:
    asked = question()
    twilio.receive(NUMBER, TEXT.format("012345"))
    assert ask(source, asked) == "012345"
    assert ask(source, asked, SHORT) is None


@pytest.mark.parametrize("ahead", [-7200.0, 7200.0])
def test_the_clocks_may_differ(twilio: TwilioStandIn, source: Twilio, ahead: float) -> None:
    twilio.ahead = ahead
    twilio.receive(NUMBER, TEXT.format("111111"), ago=60)
    with asking(source) as asked:
        twilio.until_asked(2)
        twilio.receive(NUMBER, TEXT.format("012345"))
        assert asked.answer() == "012345"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_troubles_that_pass_are_waited_out(twilio: TwilioStandIn, source: Twilio, status: int) -> None:
    twilio.refusals = [(status, {})] * 3
    twilio.receive(NUMBER, TEXT.format("012345"))
    assert ask(source, question(asked_at=0)) == "012345"
    assert len(twilio.asked) == 4


def test_it_waits_as_long_as_twilio_says(twilio: TwilioStandIn, source: Twilio) -> None:
    twilio.refusals = [(429, {"Retry-After": "60"})]
    twilio.receive(NUMBER, TEXT.format("012345"))
    assert ask(source, question(asked_at=0), seconds=SHORT) is None
    assert len(twilio.asked) == 1


def test_a_twilio_that_cannot_be_reached_is_asked_until_the_time_is_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert ask(Twilio("AC1", Secret("a-token-of-tests"), NUMBER, url=url, every=0.02), seconds=SHORT) is None


def test_wrong_credentials_are_told_at_once_and_without_them(twilio: TwilioStandIn) -> None:
    source = Twilio(twilio.account_sid, Secret("not-the-auth-token"), NUMBER, url=twilio.url)
    with pytest.raises(SourceError, match=r"Twilio refused the request .HTTP 401.") as caught:
        ask(source)
    assert "not-the-auth-token" not in f"{caught.value!r} {caught.value.hint} {source!r}"
    assert "LANE_CODE_TWILIO_AUTH_TOKEN" in str(caught.value.hint)


def test_an_account_that_is_not_there_is_told(twilio: TwilioStandIn) -> None:
    twilio.refusals = [(404, {})]
    with pytest.raises(SourceError, match="HTTP 404"):
        ask(Twilio(twilio.account_sid, Secret(twilio.auth_token), NUMBER, url=twilio.url))


def test_the_wait_can_be_cancelled(twilio: TwilioStandIn, source: Twilio) -> None:
    with asking(source) as asked:
        twilio.until_asked()
        asked.end()
        assert asked.answer() is None


def test_one_message_is_looked_up(twilio: TwilioStandIn) -> None:
    sms = twilio.receive(NUMBER, "Hello")
    sent = twilio.receive(NUMBER, "Hello", direction="outbound-api")
    with TwilioClient(twilio.account_sid, Secret(twilio.auth_token), url=twilio.url) as client:
        found = client.message(sms.sid)
        assert found is not None
        assert (found.sid, found.text, found.sent_at) == (sms.sid, "Hello", int(sms.sent_at))
        assert "Hello" not in repr(found)
        assert client.message(sent.sid) is None
        with pytest.raises(SourceError):
            client.message("../../Accounts")
