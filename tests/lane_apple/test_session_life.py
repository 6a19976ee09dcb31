"""How long a session is expected to live, and how that is known."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from session_harness import ACCOUNT, NOW, another, login, places, session

from lane_apple._session.cookie import Cookie
from lane_apple._session.expectation import context_end
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.life import Face

HOUR = 3600.0
ASC: Face = "app_store_connect"
PORTAL: Face = "developer_portal"


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(places(tmp_path, LANE_SESSIONS="sessions"), clock=lambda: NOW)


def lived(store: SessionStore, *hours: float, face: Face = ASC) -> None:
    """Earlier sessions that lived so long: last seen alive an hour before that, found dead an hour after."""
    for number, length in enumerate(hours):
        made = NOW - (number + 2) * 1000 * HOUR
        one = another(number, made_at=made)
        store.mark_alive(one, face, at=made + (length - 1) * HOUR)
        store.mark_dead(one, face, "401", at=made + (length + 1) * HOUR)


def context(end: float) -> Cookie:
    value = (
        base64.urlsafe_b64encode(json.dumps({"cp": "1", "ex": int(end * 1000)}).encode()).decode().rstrip("=")
    )
    return Cookie("itctx", f"{value}|signature", "apple.com")


def hours(store: SessionStore, face: Face = ASC, *cookies: Cookie) -> tuple[float | None, str]:
    found = store.expected_until(session(login(), *cookies), face)
    return None if found.until is None else (found.until - NOW) / HOUR, found.why


def test_without_anything_known_it_is_what_is_usual(store: SessionStore) -> None:
    assert hours(store) == (8, "8 hours are usual")
    assert hours(store, PORTAL)[0] == 8


def test_it_is_the_median_of_earlier_lives(store: SessionStore) -> None:
    lived(store, 5)
    assert hours(store) == (5, "as long as an earlier session of this Apple ID lived")
    lived(store, 5, 20, 6)
    assert hours(store) == (6, "as long as 3 earlier sessions of this Apple ID lived")


def test_each_face_learns_by_itself(store: SessionStore) -> None:
    lived(store, 30, face=PORTAL)
    assert hours(store, PORTAL)[0] == 30
    assert hours(store, ASC)[0] == 8


def test_a_session_that_was_put_away_alive_teaches_nothing(store: SessionStore, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 44)
    (tmp_path / "key").chmod(0o600)
    keeping = SessionStore(
        places(tmp_path, LANE_SESSIONS="sessions", LANE_SESSION_KEY_FILE="key"), clock=lambda: NOW
    )
    keeping.save(another(1, made_at=NOW - HOUR))
    keeping.save(session())
    assert hours(store)[0] == 8
    assert len(store.history(ACCOUNT)) == 2


def test_what_it_has_outlived_is_no_guide(store: SessionStore) -> None:
    lived(store, 4, 10, 12)
    store.mark_alive(session(), ASC, at=NOW + 6 * HOUR)
    assert hours(store) == (11, "as long as 2 earlier sessions of this Apple ID lived")
    store.mark_alive(session(), ASC, at=NOW + 20 * HOUR)
    assert hours(store) == (20, "it has outlived what is usual: this is when it last worked")


def test_one_that_was_ended_in_its_first_minutes_teaches_nothing(store: SessionStore) -> None:
    early = another(0, made_at=NOW - HOUR)
    store.mark_dead(early, ASC, "signed out of all browsers", at=NOW - 0.9 * HOUR)
    assert hours(store) == (8, "8 hours are usual")


def test_one_that_outlived_all_earlier_ones_may_live_as_long_as_is_usual(store: SessionStore) -> None:
    lived(store, 3)
    store.mark_alive(session(), ASC, at=NOW + 4 * HOUR)
    assert hours(store) == (8, "8 hours are usual")


def test_one_that_is_dead_ended_when_it_was_found_dead(store: SessionStore) -> None:
    store.mark_dead(session(), ASC, "401 from olympus", at=NOW + 3 * HOUR)
    assert hours(store) == (3, "401 from olympus")
    assert hours(store, PORTAL)[0] == 8


def test_its_cookies_may_say_it(store: SessionStore) -> None:
    assert hours(store, ASC, context(NOW + 2 * HOUR)) == (2, "its cookie itctx says so")
    assert hours(store, PORTAL, context(NOW + 2 * HOUR))[0] == 8
    ending = Cookie("myacinfo1", "DAWTKNending0001", "apple.com", expires=NOW + HOUR)
    assert hours(store, PORTAL, ending) == (1, "its cookie myacinfo1 says so")
    assert hours(store, ASC, ending, context(NOW + 2 * HOUR))[0] == 1


def test_the_sooner_of_cookie_and_experience_counts(store: SessionStore) -> None:
    cookie = context(NOW + 12 * HOUR)
    assert hours(store, ASC, cookie)[0] == 12  # what is usual says less than the cookie
    lived(store, 4)
    assert hours(store, ASC, cookie) == (4, "as long as an earlier session of this Apple ID lived")
    assert hours(store, ASC, context(NOW + 3 * HOUR))[0] == 3


def test_a_cookie_that_is_over_while_the_session_lives_is_no_guide(store: SessionStore) -> None:
    made = session(login(), context(NOW + HOUR))
    store.mark_alive(made, ASC, at=NOW + 2 * HOUR)
    assert store.expected_until(made, ASC).until == NOW + 8 * HOUR


def test_where_nobody_knows_when_it_was_made_nothing_is_expected(store: SessionStore) -> None:
    lived(store, 4)
    found = store.expected_until(session(made_at=0.0), ASC)
    assert (found.until, found.why) == (None, "nobody knows when it was made")


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ('{"ex": 1795499765}', 1_795_499_765.0),
        ('{"ex": 1795499765123}', 1_795_499_765.123),
        ('{"ex":"2026-11-24 5:56:5"}', 1_795_499_765.0),
        ('{"ex":"2026-11-24T05:56:05Z"}', 1_795_499_765.0),
        ('{"ex":"2026-13-24 5:56:5"}', None),
        ('{"ex":"soon"}', None),
        ("eyJjcCI6IjEifQ|x", None),
        ("\xff\xfe", None),
        ("", None),
        ("=" * 99, None),
    ],
)
def test_the_end_in_itctx(value: str, end: float | None) -> None:
    assert context_end(value) == end
    assert context_end(base64.b64encode(value.encode()).decode() + "|sig") == end
