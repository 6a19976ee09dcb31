"""One signs in, of all threads and processes; the others take what it got, or what it was refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from session_harness import ACCOUNT, another, places, session

from lane import CancelledError, CredentialError, PersonNeededError, TransientError
from lane_apple._session.errors import SessionFileError, SessionStoreError
from lane_apple._session.life import FACES, mark_of
from lane_apple._session.once import sign_in_once
from lane_apple._session.store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lane_apple._session.session import AppleSession

SCRIPT = Path(__file__).with_name("session_process.py")
KEY = {"LANE_SESSIONS": "sessions", "LANE_SESSION_KEY_FILE": "key"}


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    (tmp_path / "key").write_text("k" * 44)
    (tmp_path / "key").chmod(0o600)
    return SessionStore(places(tmp_path, **KEY))


@contextmanager
def processes(folder: Path, *words: str, count: int = 1) -> Iterator[list[Any]]:
    running = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), *words, *([str(number)] if words[0] == "sign-in" else [])],
            cwd=folder,
            env={**KEY, "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def says(process: Any) -> str:
    return str(process.stdout.readline()).strip()


def tell(process: Any, line: str) -> None:
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


# The lease


def test_a_kill_releases_the_lease(store: SessionStore, tmp_path: Path) -> None:
    with processes(tmp_path, "hold") as (holder,):
        assert says(holder) == "holds"
        waited: list[float] = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 3:
                holder.send_signal(signal.SIGKILL)
                holder.wait()

        with store.lease(ACCOUNT, wait):
            assert len(waited) == 3
        assert waited == sorted(waited)
        with store.lease(ACCOUNT, wait):
            assert len(waited) == 3


def test_a_wait_can_be_given_up(store: SessionStore, tmp_path: Path) -> None:
    def cancelled(seconds: float) -> None:
        raise CancelledError("The step was cancelled.")

    with processes(tmp_path, "hold") as (holder,):
        assert says(holder) == "holds"
        with pytest.raises(CancelledError), store.lease(ACCOUNT, cancelled):
            pytest.fail("another holds it")
        tell(holder, "end")
        assert says(holder) == "done"
        with store.lease(ACCOUNT, cancelled):
            pass


def test_each_apple_id_has_its_own(store: SessionStore, tmp_path: Path) -> None:
    def never(seconds: float) -> None:
        pytest.fail("nobody holds it")

    with (
        processes(tmp_path, "hold") as (holder,),
        store.lease("john@example.com", never),
    ):
        assert says(holder) == "holds"
        store.mark_dead(session(), "app_store_connect", "401")  # what is known can be changed meanwhile
        assert store.is_dead(session(), "app_store_connect")


def test_threads_take_turns(store: SessionStore) -> None:
    inside: list[int] = []
    most: list[int] = []
    pause = threading.Event()

    def work() -> None:
        for _ in range(20):
            with store.lease(ACCOUNT, lambda seconds: pause.wait(0.001)):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 80
    assert set(most) == {1}


def test_a_folder_that_cannot_be_used_is_an_error(store: SessionStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below_a_file = SessionStore(places(tmp_path, LANE_SESSIONS="file/sessions"))
    with pytest.raises(SessionFileError, match="cannot be used"), below_a_file.lease(ACCOUNT, print):
        pytest.fail("there is no lock")
    with store.lease(ACCOUNT, print):
        pass
    (lease,) = store.folder.glob("*.lease")
    lease.unlink()
    lease.symlink_to(tmp_path / "file")
    with pytest.raises(SessionStoreError, match="cannot be opened"), store.lease(ACCOUNT, print):
        pytest.fail("it is another file")


# Signing in once


def starts(running: list[Any]) -> tuple[Any, list[Any]]:
    """The one that signs in, and the others, which wait for it."""
    first = {process: says(process) for process in running}
    (leader,) = [process for process, said in first.items() if said == "signs in"]
    others = [process for process in running if process is not leader]
    assert {first[process] for process in others} == {"waits"}
    return leader, others


def test_of_three_processes_one_signs_in(store: SessionStore, tmp_path: Path) -> None:
    with processes(tmp_path, "sign-in", count=3) as running:
        leader, others = starts(running)
        tell(leader, "ok")
        said = {says(process) for process in [leader, *others]}
        kept = store.load(ACCOUNT)
        assert kept is not None
        assert said == {f"has {mark_of(kept)}"}
        assert [process.stdout.read() for process in running] == ["", "", ""]  # nobody else signed in


def test_what_one_was_refused_the_others_do_not_try(store: SessionStore, tmp_path: Path) -> None:
    with processes(tmp_path, "sign-in", count=3) as running:
        leader, others = starts(running)
        tell(leader, "refused")
        expected = "refused CredentialError password_wrong Apple refused the password. Mend it."
        assert {says(process) for process in [leader, *others]} == {expected}
        assert [process.stdout.read() for process in running] == ["", "", ""]
    # Whoever comes later tries again: the password may be another by now.
    assert sign_in_once(store, ACCOUNT, lambda kept: session(), stale=None, wait=print) == session()


def test_where_the_one_is_killed_the_next_signs_in(store: SessionStore, tmp_path: Path) -> None:
    with processes(tmp_path, "sign-in", count=2) as running:
        leader, (other,) = starts(running)
        leader.send_signal(signal.SIGKILL)
        assert says(other) == "signs in"
        tell(other, "ok")
        kept = says(other)
        loaded = store.load(ACCOUNT)
        assert loaded is not None
        assert kept == f"has {mark_of(loaded)}"


def never(kept: AppleSession | None) -> AppleSession:
    pytest.fail("there is a session")


def test_a_session_that_came_meanwhile_is_taken(store: SessionStore) -> None:
    store.save(another(1))
    found = sign_in_once(store, ACCOUNT, never, stale=session(), wait=print)
    assert found.cookies == another(1).cookies


@pytest.mark.parametrize("dead", [False, True])
def test_one_that_did_not_work_or_is_dead_is_not_taken(store: SessionStore, dead: bool) -> None:
    store.save(session())
    given: list[Any] = []

    def sign_in(kept: AppleSession | None) -> AppleSession:
        given.append(kept)
        return another(2)

    if dead:
        for face in FACES:
            store.mark_dead(session(), face, "401")
    stale = None if dead else session()
    assert sign_in_once(store, ACCOUNT, sign_in, stale=stale, wait=print) == another(2)
    assert given[0].cookies == session().cookies  # whose trust may save the code
    kept = store.load(ACCOUNT)
    assert kept is not None
    assert kept.cookies == another(2).cookies


@pytest.mark.parametrize(
    ("error", "shared"),
    [
        (CredentialError("No.", code="x"), CredentialError),
        (PersonNeededError("Come.", hint="Now."), PersonNeededError),
        (TransientError("Later."), None),
        (CancelledError("Cancelled."), None),
        (ValueError("A bug."), None),
    ],
)
def test_only_what_would_be_refused_again_is_shared(
    store: SessionStore, error: Exception, shared: type[Exception] | None
) -> None:
    waits, results = threading.Event(), []

    def refused(kept: AppleSession | None) -> AppleSession:
        waiter.start()
        assert waits.wait(30)
        raise error

    def second() -> None:
        try:
            results.append(sign_in_once(store, ACCOUNT, lambda kept: session(), stale=None, wait=wait))
        except Exception as caught:
            results.append(caught)

    def wait(seconds: float) -> None:
        waits.set()
        leave.wait(seconds)

    leave = threading.Event()
    waiter = threading.Thread(target=second)
    with pytest.raises(type(error)):
        sign_in_once(store, ACCOUNT, refused, stale=None, wait=print)
    leave.set()
    waiter.join()
    if shared is None:
        assert results == [session()]
    else:
        (again,) = results
        assert type(again) is shared
        assert isinstance(error, CredentialError | PersonNeededError)
        assert (again.message, again.hint, again.code) == (error.message, error.hint, error.code)
