"""Which sources an environment configures, in which order they are asked, and what is said where none has a code."""

from __future__ import annotations

import importlib.metadata
import logging
import queue
import sys
import threading
import time
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING, Any

import pytest
import requests
from codes_harness import SECONDS, Asked, question

from lane import CancelledError, PersonNeededError, UsageError
from lane_apple._codes.asker import CodeAsker
from lane_apple._codes.question import Answer, CodeQuestion, CodeSource, Resend, SourceError
from lane_apple._codes.sources import code_asker

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a-secret-of-32-characters-length"
TWILIO = {
    "LANE_CODE_TWILIO_ACCOUNT_SID": "AC1",
    "LANE_CODE_TWILIO_AUTH_TOKEN": "a-token-of-tests",
    "LANE_CODE_TWILIO_NUMBER": "+4915112345685",
}
ALL = {
    "LANE_CODE_COMMAND": "code --of apple",
    "LANE_CODE_FILE": "~/code",
    "LANE_CODE_REDIS": "redis://127.0.0.1:6379/codes",
    **TWILIO,
    "LANE_CODE_INBOX": "127.0.0.1:8701",
    "LANE_CODE_INBOX_SECRET": SECRET,
    "LANE_CODE_FORM": "127.0.0.1:8700",
}
PRINT = f"{sys.executable} -c 'print(\"012345\")'"
FAIL = f"{sys.executable} -c 'raise SystemExit(3)'"


class Scripted:
    """A source that says what it is told to, and counts."""

    def __init__(self, name: str, answer: Answer | Exception | None) -> None:
        self.name = name
        self.answer = answer
        self.asked: list[float] = []
        self.opened = 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.opened -= 100

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Answer | None:
        self.asked.append(seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


# Configuration


def test_without_configuration_a_person_at_a_terminal_is_asked_and_nobody_else() -> None:
    assert code_asker({}, terminal=True).names == ["prompt"]
    assert code_asker({}, terminal=False).names == []


def test_what_is_configured_is_asked_and_a_person_last() -> None:
    order = ["command", "file", "redis", "twilio", "inbox", "form"]
    assert code_asker(ALL, terminal=False).names == order
    assert code_asker(ALL, terminal=True).names == [*order, "prompt"]


def test_the_order_can_be_given() -> None:
    given = {**ALL, "LANE_CODE_SOURCES": "prompt, form file,form"}
    assert code_asker(given, terminal=True).names == ["prompt", "form", "file"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"LANE_CODE_SOURCES": "command"}, "command needs LANE_CODE_COMMAND, which is not set"),
        (
            {"LANE_CODE_SOURCES": "twilio", "LANE_CODE_TWILIO_NUMBER": "+1"},
            "needs LANE_CODE_TWILIO_ACCOUNT_SID",
        ),
        ({"LANE_CODE_SOURCES": "fom"}, "LANE_CODE_SOURCES names 'fom', which is no source of codes"),
        ({"LANE_CODE_SECONDS": "soon"}, "LANE_CODE_SECONDS is no number of seconds"),
        ({"LANE_CODE_SECONDS": "0"}, "LANE_CODE_SECONDS is no number of seconds"),
        ({"LANE_CODE_SECONDS": "nan"}, "LANE_CODE_SECONDS is no number of seconds"),
        ({"LANE_CODE_SECONDS": "1e9"}, "LANE_CODE_SECONDS is no number of seconds"),
        ({"LANE_CODE_COMMAND": "echo 'open"}, "LANE_CODE_COMMAND cannot be parted into words"),
        ({"LANE_CODE_COMMAND": "''"}, "LANE_CODE_COMMAND has no words"),
        ({"LANE_CODE_FORM": "8700"}, "LANE_CODE_FORM is no host and port"),
        ({"LANE_CODE_FORM": "127.0.0.1:99999"}, "LANE_CODE_FORM is no host and port"),
        ({"LANE_CODE_FORM": "http://127.0.0.1:8700"}, "LANE_CODE_FORM is no host and port"),
        ({"LANE_CODE_FORM": "0.0.0.0:8700"}, "LANE_CODE_FORM listens on all addresses"),
        ({"LANE_CODE_FORM": "[::]:8700"}, "LANE_CODE_FORM listens on all addresses"),
        (
            {"LANE_CODE_FORM": "127.0.0.1:1", "LANE_CODE_FORM_URL": "codes"},
            "LANE_CODE_FORM_URL is no address",
        ),
        (
            {"LANE_CODE_FORM": "127.0.0.1:1", "LANE_CODE_FORM_URL": "http://codes.example.com"},
            "LANE_CODE_FORM_URL begins with http://",
        ),
        ({"LANE_CODE_INBOX": "127.0.0.1:1"}, "LANE_CODE_INBOX is set, but nothing would prove who posts"),
        (
            {"LANE_CODE_INBOX": "127.0.0.1:1", "LANE_CODE_INBOX_SECRET": "short"},
            "LANE_CODE_INBOX_SECRET has less",
        ),
        (
            {"LANE_CODE_INBOX": "127.0.0.1:1", "LANE_CODE_INBOX_URL": "https://codes.example.com/x"},
            "needs LANE_CODE_TWILIO_ACCOUNT_SID and LANE_CODE_TWILIO_AUTH_TOKEN",
        ),
        ({**TWILIO, "LANE_CODE_TWILIO_NUMBER": "0151 1234"}, "LANE_CODE_TWILIO_NUMBER is no phone number"),
        (
            {**TWILIO, "LANE_CODE_TWILIO_URL": "http://api.example.com"},
            "LANE_CODE_TWILIO_URL begins with http://",
        ),
        ({"LANE_CODE_REDIS": "127.0.0.1:6379"}, "LANE_CODE_REDIS is no address of a list"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_variable(changes: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        code_asker(changes, terminal=False)
    assert message in caught.value.message
    assert "a-token-of-tests" not in f"{caught.value} {caught.value.hint}"


def test_a_word_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        code_asker({"LANE_CODE_SOURCES": "comand"}, terminal=False)
    assert str(caught.value.hint).startswith("Did you mean command?")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://192.168.1.20:8700", "http://mini.local:1", "http://[::1]:1"]
)
def test_nearby_plain_http_will_do(url: str) -> None:
    given = {"LANE_CODE_FORM": "0.0.0.0:8700", "LANE_CODE_FORM_URL": url}
    assert code_asker(given, terminal=False).names == ["form"]


def test_redis_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="needs the package redis") as caught:
        code_asker({"LANE_CODE_REDIS": ALL["LANE_CODE_REDIS"]}, terminal=False)
    assert caught.value.hint == "pip install 'lane[redis]'"


# Asking


def test_the_first_code_is_the_answer() -> None:
    sources = [
        Scripted("a", None),
        Scripted("b", SourceError("broken")),
        Scripted("c", "012345"),
        Scripted("d", "1"),
    ]
    assert CodeAsker(sources, seconds=7)(question()) == "012345"
    assert [source.asked for source in sources] == [[7], [7], [7], []]


def test_a_person_may_ask_for_another() -> None:
    assert CodeAsker([Scripted("a", Resend("sms")), Scripted("b", "1")], seconds=7)(question()) == Resend(
        "sms"
    )


def test_sources_are_open_before_the_first_question_and_closed_at_the_end() -> None:
    source = Scripted("a", "012345")
    with CodeAsker([source], seconds=7) as ask:
        assert source.opened == 1
        ask(question())
        assert source.opened > 0
    assert source.opened < 0


def test_where_none_has_a_code_a_person_is_needed_and_told_what_was_tried() -> None:
    broken = SourceError("the phone is off", hint="Charge it.", where="LANE_CODE_PHONE")
    with pytest.raises(PersonNeededError) as caught:
        CodeAsker([Scripted("quiet", None), Scripted("broken", broken)], seconds=300)(question())
    error = caught.value
    assert error.exit_code == 4
    assert error.code == "code_needed"
    assert error.message == (
        "Apple wants a code for r…e@example.com, and none came. quiet: nothing came in 300 s. "
        "broken: LANE_CODE_PHONE: the phone is off. Charge it."
    )
    assert "lane auth login" in str(error.hint)


def test_nobody_to_ask_is_told_as_such() -> None:
    with pytest.raises(PersonNeededError, match="there is nobody to ask") as caught:
        code_asker({}, terminal=False)(question())
    assert "LANE_CODE_SOURCES" in str(caught.value.hint)


def test_a_prompt_that_is_named_asks_nobody_without_a_terminal() -> None:
    with pytest.raises(PersonNeededError, match="prompt: there is no terminal here"):
        code_asker({"LANE_CODE_SOURCES": "prompt"}, terminal=False)(question())


def test_real_sources_are_tried_one_after_the_other(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    environment = {
        "LANE_CODE_SOURCES": "command file",
        "LANE_CODE_COMMAND": FAIL,
        "LANE_CODE_FILE": str(tmp_path / "code"),
    }
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    with _under_way(code_asker(environment, terminal=False, notify=told.put)) as asked:
        assert (
            told.get(timeout=SECONDS)
            == f"lane needs a code for r…e@example.com: write it to {tmp_path / 'code'}."
        )
        (tmp_path / "code").write_text("012345")
        assert asked.answer() == "012345"


def test_people_are_told_the_address_of_the_form() -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    environment = {"LANE_CODE_FORM": "127.0.0.1:0"}
    with _under_way(code_asker(environment, terminal=False, notify=told.put)) as asked:
        text = told.get(timeout=SECONDS)
        assert text.startswith("lane needs a code for r…e@example.com: answer here: http://127.0.0.1:")
        assert requests.get(text.rpartition(" ")[2], timeout=SECONDS).status_code == 200
        asked.end()


def test_without_a_notifier_the_form_is_passed_over() -> None:
    environment = {
        "LANE_CODE_SOURCES": "form command",
        "LANE_CODE_FORM": "127.0.0.1:0",
        "LANE_CODE_COMMAND": PRINT,
    }
    assert code_asker(environment, terminal=False)(question()) == "012345"


def test_a_notifier_that_fails_is_told_without_its_words() -> None:
    def notify(text: str) -> None:
        raise RuntimeError("https://hooks.example.com/canary-token")

    with pytest.raises(PersonNeededError) as caught:
        code_asker({"LANE_CODE_FORM": "127.0.0.1:0"}, terminal=False, notify=notify)(question())
    assert "people could not be told: RuntimeError" in caught.value.message
    assert "canary" not in caught.value.message


def test_a_file_is_waited_for_though_nobody_could_be_told(tmp_path: Path) -> None:
    def notify(text: str) -> None:
        raise RuntimeError

    tmp_path.chmod(0o700)
    with _under_way(
        code_asker({"LANE_CODE_FILE": str(tmp_path / "code")}, terminal=False, notify=notify)
    ) as asked:
        (tmp_path / "code").write_text("012345")
        assert asked.answer() == "012345"


def test_the_whole_can_be_cancelled() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        code_asker({"LANE_CODE_COMMAND": PRINT}, terminal=False, cancelled=cancelled)(question())


def _under_way(asked: CodeAsker) -> Any:
    """The asker on a thread, as one source."""
    from contextlib import contextmanager

    class All:
        name = "all"

        def code(
            self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event
        ) -> Answer | None:
            asked._cancelled = cancelled
            return asked(question)

    @contextmanager
    def running() -> Any:
        under_way = Asked(All(), question(), SECONDS)
        try:
            yield under_way
        finally:
            under_way.end()

    return running()


# A source of one's own


def own(question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str:
    """What a package registers."""
    assert not cancelled.is_set()
    return f"Your Apple code for {question.account} is 012345."


def raises(question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str:
    raise ValueError("the code 543210 was refused")


def nonsense(question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> int:
    return 12345


def resends(question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Resend:
    return Resend("voice")


OVER = threading.Event()


def sleeps(question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> None:
    cancelled.wait(SECONDS)
    OVER.set()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["own", "raises", "nonsense", "resends", "sleeps", "command"]
    points = [EntryPoint(name, f"{__name__}:{name}", "lane.codes") for name in names]
    points.append(EntryPoint("missing", "no_such_module:code", "lane.codes"))
    real = importlib.metadata.entry_points

    def entry_points(**params: Any) -> EntryPoints:
        return EntryPoints(points).select(**params) if params.get("group") == "lane.codes" else real(**params)

    monkeypatch.setattr("lane_apple._codes.custom.entry_points", entry_points)


def named(name: str, **more: str) -> CodeAsker:
    return code_asker({"LANE_CODE_SOURCES": name, **more}, terminal=False)


@pytest.mark.usefixtures("registered")
def test_a_function_of_one_s_own() -> None:
    assert named("own")(question()) == "012345"
    assert named("resends")(question()) == Resend("voice")


@pytest.mark.usefixtures("registered")
def test_our_names_are_ours() -> None:
    with pytest.raises(UsageError, match="LANE_CODE_COMMAND, which is not set"):
        named("command")


@pytest.mark.usefixtures("registered")
def test_one_that_cannot_be_imported_is_told_before_anything_is_asked() -> None:
    with pytest.raises(
        UsageError, match=r"missing \(no_such_module:code\) cannot be imported: ModuleNotFoundError"
    ):
        named("missing")


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("name", "why"), [("raises", "raises raised ValueError"), ("nonsense", "gave no code of 6 digits")]
)
def test_one_that_fails_is_told_without_its_words(name: str, why: str) -> None:
    with pytest.raises(PersonNeededError) as caught:
        named(name)(question())
    assert why in caught.value.message
    assert "543210" not in caught.value.message


@pytest.mark.usefixtures("registered")
def test_one_that_hangs_is_told_to_end_and_not_waited_for() -> None:
    OVER.clear()
    with pytest.raises(PersonNeededError, match=r"sleeps: nothing came in 0.2 s"):
        named("sleeps", LANE_CODE_SECONDS="0.2")(question())
    assert OVER.wait(SECONDS)


# Secrecy


def test_no_source_shows_a_secret() -> None:
    given = {
        **ALL,
        "LANE_CODE_REDIS": "redis://:canary-password@127.0.0.1/codes",
        "LANE_CODE_TWILIO_AUTH_TOKEN": "canary-token",
        "LANE_CODE_INBOX_SECRET": "canary-secret-of-some-length",
    }
    shown = " ".join(
        f"{source!r} {source} {vars(source)!r}" for source in code_asker(given, terminal=True)._sources
    )
    assert "canary" not in shown


def test_a_code_is_in_no_log_error_or_repr(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every source that runs here gets a canary for a code; all that was written is searched for it."""
    caplog.set_level(logging.DEBUG)
    canary = "918273"
    environment = {
        "LANE_CODE_SOURCES": "command inbox",
        "LANE_CODE_COMMAND": f'{sys.executable} -c \'print("{canary}x"); raise SystemExit("{canary}")\'',
        "LANE_CODE_INBOX": "127.0.0.1:0",
        "LANE_CODE_INBOX_SECRET": SECRET,
        "LANE_CODE_SECONDS": "0.3",
    }
    with code_asker(environment, terminal=False) as ask:
        inbox = ask._sources[1]
        url = f"http://127.0.0.1:{inbox.port}/"  # type: ignore[attr-defined]
        body = {"text": f"Apple: {canary}", "time": time.time() - 60}
        for secret in (SECRET, "wrong"):
            requests.post(url, json=body, headers={"Authorization": f"Bearer {secret}"}, timeout=SECONDS)
        with pytest.raises(PersonNeededError) as caught:
            ask(question())
        fresh = {"text": f"Apple: {canary}", "time": time.time()}
        asked = question(asked_at=time.time() - 1)
        requests.post(url, json=fresh, headers={"Authorization": f"Bearer {SECRET}"}, timeout=SECONDS)
        assert ask(asked) == canary
    written = capfd.readouterr()
    own = [record.getMessage() for record in caplog.records]
    everything = " ".join([repr(caught.value), str(caught.value.hint), written.out, written.err, *own])
    assert canary not in everything
    assert SECRET not in everything


def test_from_then_on_the_code_is_masked_everywhere() -> None:
    from lane._redact import redactor

    assert CodeAsker([Scripted("a", "736451")], seconds=1)(question()) == "736451"
    assert redactor("the code 736451") == "the code ****"


def test_a_source_is_what_the_protocol_says() -> None:
    sources: list[CodeSource] = [*code_asker(ALL, terminal=True)._sources]
    assert [source.name for source in sources][-1] == "prompt"
