"""The inbox, over real HTTP: what phones and Twilio post counts once, when proven, and when new."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests
from codes_harness import SECONDS, SHORT, ask, asking, question
from hypothesis import given
from hypothesis import strategies as st
from twilio_stand_in import TwilioStandIn

from lane import Secret
from lane_apple._codes.inbox import Inbox
from lane_apple._codes.inbox_door import Arrival, Door, Keys, TwilioHook
from lane_apple._codes.inbox_message import fields_of, message_of
from lane_apple._codes.inbox_proof import by_twilio
from lane_apple._codes.listener import Listener
from lane_apple._codes.question import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "a-secret-of-32-characters-length"
TEXT = "Your Apple ID Code is: 012345. Don't share it with anyone."
NUMBER = "+4915112345685"
PUBLIC = "https://codes.example.com/twilio?who=lane"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    opened = Inbox("127.0.0.1", 0, Keys(Secret(SECRET)))
    opened.open()
    yield opened
    opened.close()


def address(inbox: Inbox) -> str:
    return f"http://127.0.0.1:{inbox.port}/sms"


def forwarded(text: str = TEXT, *, ago: float = 0.0) -> dict[str, str]:
    """What "Incoming SMS to URL forwarder" posts by default."""
    stamp = str(int((time.time() - ago) * 1000))
    return {"from": "Apple", "text": text, "sentStamp": stamp, "receivedStamp": stamp, "sim": "SIM1"}


def gateway(text: str = TEXT, *, ago: float = 0.0) -> dict[str, Any]:
    """What SMS Gateway for Android posts."""
    received = datetime.now(timezone(timedelta(hours=7))) - timedelta(seconds=ago)
    return {
        "deviceId": "ffffffffceb0b1db0000018e937c815b",
        "event": "sms:received",
        "id": "Ey6ECgOkVVFjz3CL48B8C",
        "payload": {
            "messageId": "abc123",
            "message": text,
            "phoneNumber": "Apple",
            "simNumber": 1,
            "receivedAt": received.isoformat(timespec="milliseconds"),
        },
        "webhookId": "x",
    }


def bearer(url: str, body: object, secret: str = SECRET) -> requests.Response:
    return requests.post(url, json=body, headers={"Authorization": f"Bearer {secret}"}, timeout=SECONDS)


def signature(body: bytes, stamp: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()


def signed(
    url: str, body: object, *, ago: float = 0.0, secret: str = SECRET, **changes: str
) -> requests.Response:
    """A post as SMS Gateway for Android signs it."""
    raw, stamp = json.dumps(body).encode(), str(int(time.time() - ago))
    headers = {
        "Content-Type": "application/json",
        "X-Timestamp": stamp,
        "X-Signature": signature(raw, stamp, secret),
        **changes,
    }
    return requests.post(url, data=raw, headers=headers, timeout=SECONDS)


# What counts


@pytest.mark.parametrize("post", [bearer, signed])
@pytest.mark.parametrize("body", [forwarded, gateway])
def test_a_phone_s_message(inbox: Inbox, post: Any, body: Any) -> None:
    with asking(inbox) as asked:
        assert post(address(inbox), body()).status_code == 202
        assert asked.answer() == "012345"


def test_a_form_will_do(inbox: Inbox) -> None:
    with asking(inbox) as asked:
        headers = {"Authorization": f"Bearer {SECRET}"}
        response = requests.post(address(inbox), data=forwarded(), headers=headers, timeout=SECONDS)
        assert response.status_code == 202
        assert asked.answer() == "012345"


def test_what_comes_before_the_inbox_is_asked_is_kept(inbox: Inbox) -> None:
    asked = question()
    assert bearer(address(inbox), forwarded()).status_code == 202
    assert ask(inbox, asked) == "012345"


def test_messages_without_a_code_are_passed_over(inbox: Inbox) -> None:
    with asking(inbox) as asked:
        bearer(address(inbox), forwarded("Your bank's code is 111111."))
        bearer(address(inbox), forwarded("See you at 10"))
        bearer(address(inbox), forwarded())
        assert asked.answer() == "012345"


def test_a_message_that_the_phone_got_before_the_question_does_not_count(inbox: Inbox) -> None:
    with asking(inbox) as asked:
        late = bearer(address(inbox), forwarded(TEXT.replace("012345", "111111"), ago=60))
        assert late.status_code == 202  # taken, so that the phone does not send it again
        bearer(address(inbox), forwarded())
        assert asked.answer() == "012345"


def test_a_message_that_came_before_the_question_does_not_count(inbox: Inbox) -> None:
    bearer(address(inbox), forwarded(TEXT.replace("012345", "111111")))
    with asking(inbox, question(asked_at=time.time())) as asked:
        bearer(address(inbox), forwarded())
        assert asked.answer() == "012345"


def test_a_message_counts_once(inbox: Inbox) -> None:
    asked = question()
    bearer(address(inbox), forwarded())
    assert ask(inbox, asked) == "012345"
    assert ask(inbox, asked, SHORT) is None


def test_a_body_that_tells_no_time_is_taken_with_the_signature_s(inbox: Inbox) -> None:
    with asking(inbox, question(asked_at=time.time() - 1)) as asked:
        assert signed(address(inbox), {"text": TEXT}).status_code == 202
        assert asked.answer() == "012345"


# What does not


def test_a_replay_of_the_very_same_request_is_refused(inbox: Inbox) -> None:
    raw = json.dumps(gateway()).encode()
    stamp = str(int(time.time()))
    headers = {"X-Timestamp": stamp, "X-Signature": signature(raw, stamp)}
    posts = [requests.post(address(inbox), data=raw, headers=headers, timeout=SECONDS) for _ in range(5)]
    assert [one.status_code for one in posts] == [202, 409, 409, 409, 409]
    asked = question(asked_at=time.time() - 5)
    assert ask(inbox, asked) == "012345"
    assert ask(inbox, asked, SHORT) is None


def test_a_recorded_request_is_worth_nothing_in_another_run() -> None:
    raw = json.dumps(gateway(ago=40)).encode()
    stamp = str(int(time.time() - 40))
    headers = {"X-Timestamp": stamp, "X-Signature": signature(raw, stamp)}
    fresh = Inbox("127.0.0.1", 0, Keys(Secret(SECRET)))
    fresh.open()
    try:
        with asking(fresh, seconds=SHORT) as asked:
            response = requests.post(address(fresh), data=raw, headers=headers, timeout=SECONDS)
            assert response.status_code == 202
            assert asked.answer() is None
    finally:
        fresh.close()


@pytest.mark.parametrize("ago", [301, 86400, -301])
def test_a_signature_of_another_time_is_refused(inbox: Inbox, ago: float) -> None:
    assert signed(address(inbox), gateway(), ago=ago).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": f"Bearer {SECRET}x"},
        {"X-Signature": "00", "X-Timestamp": "1"},
        {"X-Signature": "é".encode("latin-1"), "X-Timestamp": "²".encode("latin-1")},
        {"X-Timestamp": "9" * 400, "X-Signature": "00"},
        {"X-Twilio-Signature": "AAAA"},
    ],
    ids=str,
)
def test_without_a_proof_nothing_is_taken(inbox: Inbox, headers: dict[str, str]) -> None:
    assert (
        requests.post(address(inbox), json=forwarded(), headers=headers, timeout=SECONDS).status_code == 401
    )
    assert ask(inbox, question(asked_at=0), SHORT) is None


def test_a_changed_body_is_refused(inbox: Inbox) -> None:
    raw, stamp = json.dumps(gateway()).encode(), str(int(time.time()))
    headers = {"X-Timestamp": stamp, "X-Signature": signature(raw, stamp)}
    changed = raw.replace(b"012345", b"111111")
    assert requests.post(address(inbox), data=changed, headers=headers, timeout=SECONDS).status_code == 401


def test_a_changed_time_is_refused(inbox: Inbox) -> None:
    stamp = str(int(time.time()) - 1)
    assert signed(address(inbox), gateway(), **{"X-Timestamp": stamp}).status_code == 401


def test_a_token_is_only_taken_with_a_time(inbox: Inbox) -> None:
    response = bearer(address(inbox), {"text": TEXT})
    assert response.status_code == 422
    assert "when the SMS came" in response.text
    assert ask(inbox, question(asked_at=0), SHORT) is None


def test_guessing_is_slowed_down_and_keeps_nobody_out(inbox: Inbox) -> None:
    statuses = [bearer(address(inbox), forwarded(), f"guess-{one}").status_code for one in range(200)]
    assert statuses == [401] * 30 + [429] * 170
    with asking(inbox) as asked:
        assert bearer(address(inbox), forwarded()).status_code == 202
        assert asked.answer() == "012345"


def test_bodies_have_a_limit(inbox: Inbox) -> None:
    assert bearer(address(inbox), forwarded(TEXT + " " * 20_000)).status_code == 413
    assert bearer(address(inbox), {"deep": [[[[[[]]]]]]}).status_code == 422
    headers = {"Authorization": f"Bearer {SECRET}"}
    for raw in (b"", b"{", b"[" * 10_000, b"\xff\xfe", b'"text"', b"null"):
        response = requests.post(address(inbox), data=raw, headers=headers, timeout=SECONDS)
        assert response.status_code == 422


def test_only_posts_are_taken(inbox: Inbox) -> None:
    assert requests.get(address(inbox), timeout=SECONDS).status_code == 405


def test_it_listens_only_while_it_is_open(inbox: Inbox) -> None:
    url = address(inbox)
    inbox.close()
    inbox.close()
    assert inbox.port is None
    with pytest.raises(requests.ConnectionError):
        bearer(url, forwarded())


def test_a_port_that_is_taken(inbox: Inbox) -> None:
    assert inbox.port is not None
    with pytest.raises(SourceError, match=r"LANE_CODE_INBOX: 127.0.0.1:\d+ cannot be listened on"):
        ask(Inbox("127.0.0.1", inbox.port, Keys(Secret(SECRET))))


# Twilio's webhook


@contextmanager
def hooked(*, secret: Secret | None = None, url: str = PUBLIC) -> Iterator[tuple[TwilioStandIn, Inbox]]:
    """Twilio, and an inbox that it posts to."""
    with TwilioStandIn() as twilio:
        hook = TwilioHook(twilio.account_sid, Secret(twilio.auth_token), url, twilio.url)
        opened = Inbox("127.0.0.1", 0, Keys(secret, hook))
        opened.open()
        try:
            yield twilio, opened
        finally:
            opened.close()


def test_twilio_s_own_example_of_a_signature() -> None:
    # twilio-samples/api-snippets, security/signature_validation.2.x.js
    fields = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert by_twilio(headers, fields, url, Secret("12345")) is not None
    assert by_twilio(headers, fields, url + "3", Secret("12345")) is None
    assert by_twilio(headers, fields, url, Secret("12346")) is None
    assert by_twilio(headers, {**fields, "Digits": ["1235"]}, url, Secret("12345")) is None


@pytest.mark.parametrize("ahead", [0.0, -3600.0, 3600.0])
def test_twilio_posts_a_message(ahead: float) -> None:
    with hooked() as (twilio, inbox), asking(inbox) as asked:
        twilio.ahead = ahead
        response = twilio.post(twilio.receive(NUMBER, TEXT), PUBLIC, to=address(inbox))
        assert (response.status_code, response.text) == (200, "<Response/>")
        assert response.headers["Content-Type"].startswith("text/xml")
        assert asked.answer() == "012345"


@pytest.mark.parametrize(
    "written", ["https://codes.example.com/twilio?who=lane", "https://codes.example.com:443/twilio?who=lane"]
)
def test_twilio_may_write_the_port_or_not(written: str) -> None:
    for known in (
        "https://codes.example.com/twilio?who=lane",
        "https://codes.example.com:443/twilio?who=lane",
    ):
        with hooked(url=known) as (twilio, inbox):
            assert twilio.post(twilio.receive(NUMBER, TEXT), written, to=address(inbox)).status_code == 200


def test_a_webhook_that_is_posted_again_is_refused() -> None:
    with hooked() as (twilio, inbox):
        sms = twilio.receive(NUMBER, TEXT)
        asked = question(asked_at=time.time() - 5)
        statuses = [twilio.post(sms, PUBLIC, to=address(inbox)).status_code for _ in range(3)]
        assert statuses == [200, 409, 409]
        assert ask(inbox, asked) == "012345"
        assert ask(inbox, asked, SHORT) is None


def test_a_recorded_webhook_is_worth_nothing_in_another_run() -> None:
    with hooked() as (twilio, inbox):
        sms = twilio.receive(NUMBER, TEXT, ago=40)
        with asking(inbox, seconds=SHORT) as asked:
            assert twilio.post(sms, PUBLIC, to=address(inbox)).status_code == 200
            assert asked.answer() is None


def test_a_webhook_that_was_changed_or_is_of_another_account_is_refused() -> None:
    with hooked() as (twilio, inbox), TwilioStandIn() as other:
        sms = twilio.receive(NUMBER, TEXT)
        assert twilio.post(sms, PUBLIC, to=address(inbox), Body="Apple: 111111").status_code == 401
        assert twilio.post(sms, "https://evil.example.com/", to=address(inbox)).status_code == 401
        assert other.post(sms, PUBLIC, to=address(inbox)).status_code == 401
        other.auth_token = twilio.auth_token  # a token may be used by sub-accounts
        assert other.post(sms, PUBLIC, to=address(inbox)).status_code == 401
        assert ask(inbox, question(asked_at=0), SHORT) is None


def test_twilio_s_own_text_counts_not_the_posted_one() -> None:
    with hooked() as (twilio, inbox), asking(inbox) as asked:
        sms = twilio.receive(NUMBER, TEXT)
        fields = {**twilio.fields(sms), "Body": "Apple: 111111"}
        headers = {"X-Twilio-Signature": twilio.signature(PUBLIC, fields)}
        requests.post(address(inbox), data=fields, headers=headers, timeout=SECONDS)
        assert asked.answer() == "012345"


def test_a_message_that_twilio_does_not_know_or_cannot_be_asked_for() -> None:
    with hooked() as (twilio, inbox):
        sms = twilio.receive(NUMBER, TEXT)
        twilio.refusals = [(503, {})]
        assert twilio.post(sms, PUBLIC, to=address(inbox)).status_code == 503
        assert twilio.post(sms, PUBLIC, to=address(inbox)).status_code == 200  # so it may come again
        twilio.messages.clear()
        other = twilio.receive(NUMBER, "gone")
        twilio.messages.clear()
        assert twilio.post(other, PUBLIC, to=address(inbox)).status_code == 503
        sent = twilio.receive(NUMBER, TEXT, direction="outbound-api")
        assert twilio.post(sent, PUBLIC, to=address(inbox)).status_code == 422


def test_a_phone_and_twilio_may_use_one_inbox() -> None:
    with hooked(secret=Secret(SECRET)) as (twilio, inbox):
        assert twilio.post(twilio.receive(NUMBER, "Hello"), PUBLIC, to=address(inbox)).status_code == 200
        assert bearer(address(inbox), forwarded()).status_code == 202
        assert ask(inbox, question(asked_at=time.time() - 5)) == "012345"


# Reading what is posted


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        (1788000000, 1788000000.0),
        ("1788000000", 1788000000.0),
        (1788000000123, 1788000000.123),
        ("1788000000123", 1788000000.123),
        (1788000000.5, 1788000000.5),
        ("2026-08-29T10:40:00Z", 1788000000.0),
        ("2026-08-29T17:40:00.000+07:00", 1788000000.0),
        ("2026-08-29T10:40:00", None),  # of which zone?
        ("yesterday", None),
        ("%receivedStamp%", None),
        (True, None),
        (-1, None),
        ("inf", None),
        ("nan", None),
        (None, None),
        (10**400, None),
    ],
)
def test_times(stamp: object, at: float | None) -> None:
    sms = message_of(json.dumps({"text": "x", "receivedStamp": stamp}).encode(), "application/json")
    assert sms is not None
    assert sms.at == at


def test_the_time_of_reception_comes_first() -> None:
    body = {"text": "x", "sentStamp": 1788000000000, "receivedStamp": 1788000009000}
    sms = message_of(json.dumps(body).encode(), "application/json")
    assert sms is not None
    assert sms.at == 1788000009.0
    assert "x" not in repr(sms).split("(", 1)[1].replace("at=", "")


@given(
    st.binary(max_size=300), st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""])
)
def test_any_body_is_an_sms_or_none(body: bytes, kind: str) -> None:
    sms = message_of(body, kind)
    assert sms is None or isinstance(sms.text, str)
    assert isinstance(fields_of(body), dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "payload", "message", "date", "receivedAt", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_an_sms_or_none(body: object) -> None:
    sms = message_of(json.dumps(body).encode(), "application/json; charset=utf-8")
    assert sms is None or (isinstance(sms.text, str) and (sms.at is None or 0 < sms.at < 1e11))


def test_no_text_is_shown_by_a_repr() -> None:
    assert "012345" not in repr(Arrival(TEXT, 1.0, 2.0))
    assert SECRET not in repr(Keys(Secret(SECRET)))


def test_a_door_remembers_so_many_and_no_more() -> None:
    taken: list[Arrival] = []
    door = Door(Keys(Secret(SECRET)), taken.append, clock=lambda: datetime.now(UTC).timestamp())
    with Listener(door.application(), "127.0.0.1", 0, variable="LANE_CODE_INBOX") as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {SECRET}"
            for one in range(1010):
                body = {"text": f"{one}", "time": time.time()}
                assert session.post(url, json=body, timeout=SECONDS).status_code == 202
    assert len(door._seen) == 1000
