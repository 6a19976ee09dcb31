"""A session that is looked after for weeks, on a clock that is moved: what is renewed, who hears of what, and once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from auth_harness import OLIVE, Machine, machine
from faults import Reply, in_front_of
from receiver import Receiver

from lane import WaitingJob
from lane_apple._auth_commands.work import Work
from lane_apple._session.finding import find_session
from lane_apple._session.places import Places
from lane_apple._session.store import SessionStore
from lane_apple._watch.attend import Seen, attend
from lane_apple._watch.told import Told

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple._session.session import AppleSession
    from lane_apple._watch.news import News
    from lane_sandbox import Sandbox

DAY = 86_400.0
WORK = ("release, scheduled: download_dsyms (2026-11-25 03:00 UTC) → lane resume 20261124-083640-18a8",)


@dataclass
class Watch:
    """One machine's watch, as cron calls it; `seen` is what came of each call."""

    here: Machine
    seen: list[Seen] = field(default_factory=list)

    def looks(self, **more: Any) -> Seen:
        """As one process: nothing but the store is known from earlier."""
        here = self.here
        store = SessionStore(Places(here.environment, here.folder), clock=here.clock)
        given: dict[str, Any] = {"work": WORK, "sleep": lambda seconds: None, "clock": here.clock} | more
        access = replace(here.access, store=store)
        session = find_session(here.environment, here.folder)
        self.seen.append(attend(OLIVE, access, session, **given))
        return self.seen[-1]

    def passes(self, days: float) -> None:
        self.here.sandbox.clock.advance(days * DAY)

    @property
    def session(self) -> AppleSession:
        found = self.here.access.store.load(OLIVE)
        assert found is not None
        return found


@pytest.fixture
def here(sandbox: Sandbox, people: Receiver, tmp_path: Path) -> Machine:
    made = machine(sandbox, tmp_path)
    made.environment["LANE_NOTIFY__URLS"] = people.url
    return made


@pytest.fixture
def watch(here: Machine) -> Watch:
    """A machine on which Olive has signed in just now."""
    here.log_in()
    return Watch(here)


def titles(people: Receiver) -> list[str]:
    return [message["title"] for message in people.messages]


class TestAMonth:
    def test_every_day_it_is_renewed_and_people_hear_what_they_have_to_once(
        self, watch: Watch, people: Receiver
    ) -> None:
        codes = watch.here.codes()
        heard: dict[int, list[str]] = {}
        for day in range(33):
            before = len(people.messages)
            watch.looks()
            watch.looks()
            if titles(people)[before:]:
                heard[day] = titles(people)[before:]
            watch.passes(1)
        within = "lane: o…e@example.com has to sign in within"
        assert heard == {
            23: [f"{within} 7 days"],
            27: [f"{within} 3 days"],
            29: [f"{within} 1 day"],
            30: ["lane: o…e@example.com has to sign in"],
        }
        verdicts = [each.watched.verdict for each in watch.seen[::2]]
        assert verdicts == ["alive", *["renewed"] * 29, *["person"] * 3]
        assert watch.here.codes() == codes, "nobody was sent a code that nobody asked for"

    def test_a_new_session_begins_anew(self, watch: Watch, people: Receiver) -> None:
        for _ in range(2):
            for days in (0, 24, 4, 1, 2):
                watch.passes(days)
                seen = watch.looks()
            assert seen.watched.verdict == "person"
            watch.here.log_in(fresh=True)
            assert watch.looks().watched.verdict == "alive"
        assert len(people.messages) == 8
        assert titles(people)[:4] == titles(people)[4:]

    def test_a_watch_that_begins_late_says_only_what_is_true_now(
        self, watch: Watch, people: Receiver
    ) -> None:
        watch.passes(28)
        seen = watch.looks()
        assert seen.watched.verdict == "renewed"
        assert titles(people) == ["lane: o…e@example.com has to sign in within 3 days"]


class TestWhatPeopleHear:
    def test_before_the_trust_ends(self, watch: Watch, people: Receiver) -> None:
        watch.passes(24)
        watch.looks(login="lane auth login")
        (text,) = people.texts
        assert "The trust of o…e@example.com in " in text
        assert "(in 6 days)" in text
        assert "lane auth login --fresh" in text
        assert f"These would wait:\n  {WORK[0]}" in text

    def test_when_it_is_over(self, watch: Watch, people: Receiver) -> None:
        watch.here.environment["FASTLANE_PASSWORD"] = ""
        watch.here.end(watch.session, "developer_portal")
        watch.looks()
        (text,) = people.texts
        assert "has ended (the developer portal no longer knows it)" in text
        assert "the password is not known (FASTLANE_PASSWORD)" in text
        assert "Sign in there: lane auth login\n" in text
        assert f"These wait for it:\n  {WORK[0]}" in text

    def test_when_apple_does_not_take_the_trust(self, watch: Watch, people: Receiver) -> None:
        stale = watch.session
        kept = tuple(
            replace(each, value="HSARMTKNother") if each.name.startswith("DES") else each
            for each in stale.cookies
        )
        watch.here.access.store.save(replace(stale, cookies=kept))
        watch.here.end(stale, "app_store_connect", "developer_portal")
        codes = watch.here.codes()
        assert [watch.looks().watched.verdict for _ in range(3)] == ["person"] * 3
        (text,) = people.texts
        assert "Apple does not accept the trust in this machine" in text
        assert watch.here.codes() - codes <= 1, "Apple is asked once, not each time"

    def test_when_the_password_is_wrong_now(self, watch: Watch, people: Receiver) -> None:
        watch.here.environment["FASTLANE_PASSWORD"] = "not-hers-any-more"
        watch.passes(1)
        before = watch.here.asked("/signin/complete")
        assert [watch.looks().watched.verdict for _ in range(3)] == ["person"] * 3
        assert watch.here.asked("/signin/complete") - before <= 2, "no account is locked by a watch"
        (text,) = people.texts
        assert "not-hers" not in text

    def test_when_there_is_none(self, here: Machine, people: Receiver) -> None:
        watch = Watch(here)
        assert [watch.looks().watched.verdict for _ in range(2)] == ["person", "person"]
        (text,) = people.texts
        assert "there is no session of it here" in text

    def test_no_secret_and_no_address_in_full(self, watch: Watch, people: Receiver) -> None:
        secrets = {each.value for each in watch.session.cookies}
        for days in (0, 24, 4, 5):
            watch.passes(days)
            watch.looks()
        told = (watch.here.access.store.folder / "told.json").read_text()
        assert len(people.messages) == 3
        for text in [*people.texts, *titles(people), told]:
            assert not [secret for secret in secrets | {OLIVE} if secret in text]
        assert not [secret for secret in secrets if secret in repr(watch.seen)]
        assert people.url not in told


class TestWhoHears:
    def test_each_service_once_and_one_that_failed_again(self, watch: Watch, people: Receiver) -> None:
        with Receiver(status=500) as broken:
            watch.here.environment["LANE_NOTIFY__URLS"] = f"{people.url}, {broken.url}"
            watch.passes(24)
            first = watch.looks().announced
            assert len(first.now) == 1
            assert "did not take the message" in first.problems[0]
            broken.status = 200
            second = watch.looks().announced
            assert (len(second.now), second.before, second.problems) == (1, 1, ())
            third = watch.looks().announced
            assert (third.now, third.before) == ((), 2)
            assert len(people.messages) == 1

    def test_nobody_until_somebody_is_there(self, watch: Watch, people: Receiver) -> None:
        watch.passes(24)
        watch.here.environment["LANE_NOTIFY__URLS"] = ""
        assert watch.looks().announced.now == ()
        watch.here.environment["LANE_NOTIFY__URLS"] = people.url
        assert len(watch.looks().announced.now) == 1

    def test_an_address_that_is_none(self, watch: Watch) -> None:
        watch.here.environment["LANE_NOTIFY__URLS"] = "nonsense://canary"
        watch.passes(24)
        (problem,) = watch.looks().announced.problems
        assert problem == "LANE_NOTIFY__URLS: URL 1 is none that apprise knows."

    def test_addresses_may_be_a_list(self, watch: Watch, people: Receiver) -> None:
        watch.passes(24)
        watch.here.environment["LANE_NOTIFY__URLS"] = json.dumps([people.url, f"{people.url}?to=a,b"])
        assert len(watch.looks().announced.now) == 2
        assert len(people.messages) == 2
        watch.here.environment["LANE_NOTIFY__URLS"] = people.url
        assert watch.looks().announced.before == 1, "however it is written"

    @pytest.mark.parametrize("urls", ["", " ", ",", "[]"])
    def test_nobody_is_named(self, watch: Watch, urls: str) -> None:
        watch.passes(24)
        watch.here.environment["LANE_NOTIFY__URLS"] = urls
        announced = watch.looks().announced
        assert (announced.configured, announced.problems) == (False, ())

    def test_a_list_that_is_none(self, watch: Watch) -> None:
        watch.passes(24)
        watch.here.environment["LANE_NOTIFY__URLS"] = '["json://canary'
        announced = watch.looks().announced
        assert announced.problems[0].startswith("LANE_NOTIFY__URLS cannot be read: it is no JSON")
        assert "canary" not in announced.problems[0]

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", '{"format": "lane-told", "accounts": {"a": 1}}', "\0"]
    )
    def test_what_was_told_is_told_again_where_the_memory_is_lost(
        self, watch: Watch, people: Receiver, content: str
    ) -> None:
        watch.passes(24)
        watch.looks()
        (watch.here.access.store.folder / "told.json").write_text(content)
        for _ in range(2):
            watch.looks()
        assert len(people.messages) == 2

    def test_one_that_is_stopped_in_the_middle_does_not_tell_again(
        self, watch: Watch, people: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watch.passes(24)
        memory = watch.here.access.store.folder / "told.json"
        at_the_second: list[str] = []

        def stopped(told: Told, news: News, to: str) -> bool:
            if people.messages:
                at_the_second.append(memory.read_text())
                raise KeyboardInterrupt
            return has(told, news, to)

        has = Told.has
        monkeypatch.setattr(Told, "has", stopped)
        watch.here.environment["LANE_NOTIFY__URLS"] = f"{people.url}, {people.url}?second=1"
        with pytest.raises(KeyboardInterrupt):
            watch.looks()
        assert at_the_second[0].count('"to"') == 1, "it was written before the second was told"
        monkeypatch.undo()
        announced = watch.looks().announced
        assert (len(announced.now), announced.before) == (1, 1)
        assert len(people.messages) == 2

    def test_a_death_after_a_life_is_news(self, watch: Watch, people: Receiver) -> None:
        password = watch.here.environment["FASTLANE_PASSWORD"]
        for _ in range(2):
            watch.here.environment["FASTLANE_PASSWORD"] = ""
            watch.passes(1)
            watch.looks()
            watch.here.environment["FASTLANE_PASSWORD"] = password
            assert watch.looks().watched.verdict == "renewed"
        assert len(people.messages) == 2


class TestWhatIsNotKnown:
    def test_a_face_that_does_not_answer_is_no_death(
        self, watch: Watch, people: Receiver, sandbox: Sandbox
    ) -> None:
        with in_front_of(sandbox.url) as apple:
            apple.arm("POST", "listTeams", *[Reply(503)] * 50)
            watch.here.environment["APPLE_WEB_URL"] = apple.url
            seen = watch.looks()
        assert seen.watched.verdict == "unknown"
        assert seen.watched.faces == {"app_store_connect": "alive", "developer_portal": "unknown"}
        assert "503" in seen.watched.why
        assert not people.messages

    def test_a_renewal_that_apple_is_too_busy_for_is_tried_next_time(
        self, watch: Watch, people: Receiver, sandbox: Sandbox
    ) -> None:
        watch.passes(1)
        with in_front_of(sandbox.url) as apple:
            apple.arm("POST", "/appleauth/auth/signin", *[Reply(503)] * 50)
            watch.here.environment["APPLE_WEB_URL"] = apple.url
            assert watch.looks().watched.verdict == "unknown"
        watch.here.environment["APPLE_WEB_URL"] = sandbox.url
        assert watch.looks().watched.verdict == "renewed"
        assert not people.messages

    def test_a_store_that_is_damaged_is_broken(self, watch: Watch, people: Receiver) -> None:
        session = watch.session
        (history,) = watch.here.access.store.folder.glob("*.json")
        history.write_text("{")
        seen = attend(OLIVE, watch.here.access, session, clock=watch.here.clock)
        assert seen.watched.verdict == "broken"
        assert "is damaged" in seen.watched.why
        assert not people.messages


@pytest.mark.parametrize(
    ("due", "until", "told"), [(2e9, 1.9e9, 1), (1.9e9, 2e9, 0), (None, 1.9e9, 0), (2e9, None, 0)]
)
def test_a_job_whose_time_comes_after_the_end_is_named(
    due: float | None, until: float | None, told: int
) -> None:
    job = WaitingJob("20261124-083640-18a8", "release", "scheduled", ("download_dsyms",), False, False, due)
    lines = Work((job,), {}).too_late(until)
    assert len(lines) == told
    assert all(line.startswith("Before release, scheduled: download_dsyms (2033-05-18") for line in lines)
