"""The release of this repository, from end to end: real processes, real HTTP, nothing beyond loopback."""

from __future__ import annotations

import json
import plistlib
import signal
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from faults import Lost, Reset, Seen, Server, in_front_of
from receiver import Receiver
from rehearsal import Rehearsal, rehearsal

from lane_apple import ApiKey, AppStoreConnect, find_whats_new, read_package, uuids_of
from lane_sandbox import Sandbox, credentials_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = "6450000101"
DSYM = "com.example.aurora-1.2.0-42.dSYM.zip"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Rehearsal]:
    """A fresh copy; nothing that it starts leaves the machine, asks a person, or shows a secret."""
    made = rehearsal(tmp_path)
    yield made
    assert made.forbidden == ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An offline Apple that outlives the processes that meet it."""
    with Sandbox(processing_seconds=0.0) as server:
        yield server


@pytest.fixture
def proxy(sandbox: Sandbox, fresh: Rehearsal) -> Iterator[Server]:
    """What stands between the lanes and that Apple."""
    with in_front_of(sandbox.url) as server:
        fresh.meets(sandbox, server.url)
        yield server


def client(sandbox: Sandbox) -> AppStoreConnect:
    key = sandbox.keys[0]
    return AppStoreConnect(
        ApiKey(key.key_id, key.issuer_id, key.private_key_path.read_text(), base_url=sandbox.url)
    )


def at_apple(sandbox: Sandbox) -> tuple[list[str], list[str], str | None]:
    """The numbers of the app's builds, the states of its uploads, the newest build's What to Test."""
    with client(sandbox) as apple:
        builds = list(apple.find("/v1/builds", {"filter[app]": APP, "sort": "-uploadedDate", "limit": 200}))
        uploads = apple.find(f"/v1/apps/{APP}/buildUploads", {"limit": 200})
        numbers = sorted(str(each.attributes["version"]) for each in builds)
        states = sorted(each.attributes["state"]["state"] for each in uploads)
        return numbers, states, find_whats_new(apple, builds[0].id)


def pending(fresh: Rehearsal) -> list[dict[str, Any]]:
    code, said = fresh.lane("pending", "--json")
    assert code == 0
    rows: list[dict[str, Any]] = json.loads(said)
    return rows


def check_symbols(fresh: Rehearsal) -> None:
    """The dSYM in the folder belongs to the executable in the package."""
    files = list((fresh.folder / "dsyms").glob("[!.]*"))
    assert [file.name for file in files] == [DSYM]
    assert uuids_of(files[0]) == read_package(fresh.ipa).uuids


def check_refusal(said: str) -> None:
    """What a user reads: no traceback, no secret."""
    assert "Traceback" not in said
    assert "eyJ" not in said  # what every token begins with
    assert "PRIVATE KEY" not in said


@pytest.mark.parametrize("command", [["resume"], ["run", "release", "--job", "scheduled"]])
def test_the_release_and_its_night(fresh: Rehearsal, receiver: Receiver, command: list[str]) -> None:
    code, said = fresh.lane("run", "release", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert said.splitlines()[0].count("against the sandbox") == 1
    assert "against the sandbox" in said.splitlines()[-1]
    assert receiver.texts == ["1.2.0 (42) is on TestFlight"]
    with Sandbox(fresh.folder / ".lane" / "sandbox") as kept:
        assert at_apple(kept) == (["41", "42"], ["COMPLETE"], "Bug fixes and improvements.")
    (waiting,) = pending(fresh)
    assert (waiting["lane"], waiting["steps"]) == ("release", ["download_dsyms"])
    assert waiting["cron"] == "0 3 * * *"
    assert not (fresh.folder / "dsyms").exists()

    code, said = fresh.lane(*command)
    assert code == 0, said
    check_symbols(fresh)
    assert len(receiver.texts) == 1

    stamp = (fresh.folder / "dsyms" / DSYM).stat().st_mtime_ns
    code, said = fresh.lane(*command)
    assert (code, said.strip().partition(":")[0]) == (0, "There is nothing to do")
    assert (fresh.folder / "dsyms" / DSYM).stat().st_mtime_ns == stamp


def test_the_same_release_again_sends_nothing_and_tells_again(fresh: Rehearsal, receiver: Receiver) -> None:
    for _ in range(2):
        code, said = fresh.lane("run", "release", LANE_NOTIFY__URLS=receiver.url)
        assert code == 0, said
    assert "upload satisfied: its work was done already" in said
    assert len(receiver.texts) == 2
    with Sandbox(fresh.folder / ".lane" / "sandbox") as kept:
        assert at_apple(kept) == (["41", "42"], ["COMPLETE"], "Bug fixes and improvements.")
    assert fresh.lane("resume")[0] == 0
    check_symbols(fresh)
    code, said = fresh.lane("run", "release")
    assert code == 0, said
    assert "download_dsyms satisfied" in said  # so that nothing is left for the night
    assert "Pending" not in said


def test_the_other_lanes(fresh: Rehearsal, receiver: Receiver) -> None:
    assert fresh.lane("run", "release")[0] == 0
    code, said = fresh.lane("run", "housekeeping", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert receiver.texts == ["The highest build number in use is 42"]
    (copy,) = (fresh.folder / ".lane").rglob("Aurora.ipa")
    assert copy.read_bytes() == fresh.ipa.read_bytes()
    listed = json.loads(fresh.lane("schedule", "list", "--json")[1])["schedules"]
    assert [one["name"] for one in listed] == ["refresh_dsyms", "release/scheduled"]
    code, said = fresh.lane("schedule", "run", "refresh_dsyms", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert receiver.texts[1:] == ["The dSYMs of 1.2.0 (42) are here"]
    check_symbols(fresh)
    code, said = fresh.lane("schedule", "run", "refresh_dsyms", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert "There is nothing to do: no build is newer than 1.2.0 (42)." in said
    assert len(receiver.texts) == 2


# Interrupted


def grown(fresh: Rehearsal, size: int) -> int:
    """Make the package too large for one part; its size in bytes."""
    with zipfile.ZipFile(fresh.ipa, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("Payload/Aurora.app/Level.data", bytes(size))
    return fresh.ipa.stat().st_size


class Held:
    """Holds back the requests of one kind until it is let go."""

    def __init__(self, proxy: Server, method: str, path: str) -> None:
        self.reached = threading.Event()
        self._go = threading.Event()
        handle = proxy.handle

        def held(request: Seen) -> Any:
            if request.method == method and request.path.startswith(path) and not self._go.is_set():
                self.reached.set()
                self._go.wait(60)
            return handle(request)

        proxy.handle = held  # type: ignore[method-assign]  # what stands between is what is tested with

    def let_go(self) -> None:
        self._go.set()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/buildUploads"),  # the upload is announced: nobody knows whether Apple heard of it
        ("PUT", "/uploads/"),  # its parts are under way
        ("GET", "/v1/buildUploads/"),  # all is there, and Apple is at work
    ],
)
def test_a_killed_release_goes_on_without_a_duplicate(
    fresh: Rehearsal, sandbox: Sandbox, proxy: Server, receiver: Receiver, method: str, path: str
) -> None:
    held = Held(proxy, method, path)
    process = fresh.start("run", "release", LANE_NOTIFY__URLS=receiver.url)
    assert held.reached.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert receiver.texts == []

    held.let_go()
    code, said = fresh.lane("resume", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert receiver.texts == ["1.2.0 (42) is on TestFlight"]
    numbers, states, notes = at_apple(sandbox)
    assert (numbers, notes) == (["41", "42"], "Bug fixes and improvements.")
    assert states.count("COMPLETE") == 1
    # What was begun before the kill and has no file can become no build any more.
    assert set(states) <= ({"COMPLETE"} if method == "GET" else {"COMPLETE", "AWAITING_UPLOAD"})


def test_sigterm_stops_it_in_order_and_it_can_go_on(
    fresh: Rehearsal, sandbox: Sandbox, proxy: Server, receiver: Receiver
) -> None:
    held = Held(proxy, "PUT", "/uploads/")
    process = fresh.start("run", "release", LANE_NOTIFY__URLS=receiver.url)
    assert held.reached.wait(60)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    held.let_go()
    assert process.returncode == 130, said
    assert "lane resume" in said
    check_refusal(said)
    code, said = fresh.lane("resume", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert receiver.texts == ["1.2.0 (42) is on TestFlight"]
    assert at_apple(sandbox)[0] == ["41", "42"]


def test_connections_that_break_in_the_middle_are_gone_over(
    fresh: Rehearsal, sandbox: Sandbox, proxy: Server
) -> None:
    size = grown(fresh, 11 * 1024 * 1024)
    proxy.arm("PUT", "/uploads/", Reset(), Lost())
    proxy.arm("POST", "/v1/buildUploads$", Lost())
    code, said = fresh.lane("run", "release")
    assert code == 0, said
    assert proxy.count("PUT", "/uploads/") == 3 + 2  # three parts, and two that were sent again
    parts = {each.path.partition("?")[0]: len(each.body) for each in proxy.seen if each.method == "PUT"}
    assert sum(parts.values()) == size
    assert at_apple(sandbox)[:2] == (["41", "42"], ["COMPLETE"])


def test_a_network_that_stays_away_is_told_and_resumed(
    fresh: Rehearsal, sandbox: Sandbox, proxy: Server, receiver: Receiver
) -> None:
    proxy.arm("PUT", "/uploads/", *[Reset()] * 500)  # more than anybody tries
    code, said = fresh.lane("run", "release", LANE_TEST_HASTE="100")
    assert code == 1, said
    assert "was lost before the answer came" in said
    assert "lane resume" in said
    check_refusal(said)
    proxy.recover()
    code, said = fresh.lane("resume", LANE_NOTIFY__URLS=receiver.url)
    assert code == 0, said
    assert receiver.texts == ["1.2.0 (42) is on TestFlight"]
    assert at_apple(sandbox)[0] == ["41", "42"]


# Bad input


def renamed(package: Path, bundle_id: str) -> None:
    """Give the app in a package another bundle id."""
    with zipfile.ZipFile(package) as archive:
        content = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    plist = "Payload/Aurora.app/Info.plist"
    content[plist] = plistlib.dumps(plistlib.loads(content[plist]) | {"CFBundleIdentifier": bundle_id})
    with zipfile.ZipFile(package, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def check_told(fresh: Rehearsal, code: int, *texts: str, **variables: str) -> str:
    """Run the release: it ends with this exit code and says this, in words for a user."""
    ended, said = fresh.lane("run", "release", **variables)
    assert ended == code, said
    for text in texts:
        assert text in said
    check_refusal(said)
    return said


def test_no_package(fresh: Rehearsal) -> None:
    fresh.ipa.unlink()
    check_told(fresh, 1, "There is no file", "Aurora.ipa", "Check the path", "lanes/release.py:")


def test_a_package_that_is_none(fresh: Rehearsal) -> None:
    fresh.ipa.write_bytes(fresh.ipa.read_bytes()[:30_000])
    check_told(fresh, 1, "is not a zip archive, or it was cut off", "Build or download the file again")


def test_another_app_than_the_lanefiles(fresh: Rehearsal) -> None:
    renamed(fresh.ipa, "com.example.nobody")
    check_told(fresh, 1, "is com.example.nobody, not com.example.aurora", "correct app(bundle_id=…)")


def test_an_app_that_the_account_does_not_have(fresh: Rehearsal) -> None:
    renamed(fresh.ipa, "com.example.nobody")
    lanefile = fresh.folder / "Lanefile.py"
    lanefile.write_text(lanefile.read_text().replace("com.example.aurora", "com.example.nobody"))
    check_told(fresh, 1, "no app with the bundle id com.example.nobody", "a person with an Apple ID can")


def test_a_beta_group_that_is_missing(fresh: Rehearsal) -> None:
    check_told(
        fresh, 1, "There is no beta group 'Friends'", "Beta testers, Team", LANE_UPLOAD__GROUPS="Friends"
    )
    with Sandbox(fresh.folder / ".lane" / "sandbox") as kept:
        assert at_apple(kept)[1] == []  # found before anything was sent


def test_a_version_that_exists_with_other_content(fresh: Rehearsal) -> None:
    check_told(fresh, 0)
    grown(fresh, 1000)
    check_told(fresh, 0, "made of another file than Aurora.ipa", "higher number")
    with Sandbox(fresh.folder / ".lane" / "sandbox") as kept:
        assert at_apple(kept)[:2] == (["41", "42"], ["COMPLETE"])


def test_a_key_that_apple_does_not_know_or_revoked(
    fresh: Rehearsal, sandbox: Sandbox, tmp_path: Path
) -> None:
    fresh.meets(sandbox)
    stranger = credentials_of(tmp_path / "elsewhere")
    check_told(
        fresh,
        3,
        "Apple refused the key: 401",
        "Was the key revoked?",
        APP_STORE_CONNECT_API_KEY_KEY_ID=stranger.key_id,
        APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=str(stranger.private_key_path),
        LANE_TEST_HASTE="100",
    )


def test_a_key_that_is_none(fresh: Rehearsal, sandbox: Sandbox, tmp_path: Path) -> None:
    fresh.meets(sandbox)
    path = tmp_path / "AuthKey.p8"
    path.write_text("-----BEGIN PRIVATE KEY-----\nbm8ga2V5IGF0IGFsbA==\n-----END PRIVATE KEY-----\n")
    said = check_told(fresh, 3, str(path), APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=str(path))
    assert "bm8ga2V5" not in said


def test_no_key(fresh: Rehearsal, sandbox: Sandbox) -> None:
    fresh.meets(sandbox)
    for name in [name for name in fresh.variables if name.startswith("APP_STORE_CONNECT_API_KEY")]:
        del fresh.variables[name]
    check_told(fresh, 3, "api_key is missing", "upload", "APP_STORE_CONNECT_API_KEY_KEY_ID")


@pytest.mark.parametrize(("off", "way"), [("7200", "ahead of"), ("-7200", "behind")])
def test_a_clock_that_is_off(fresh: Rehearsal, sandbox: Sandbox, off: str, way: str) -> None:
    fresh.meets(sandbox)
    said = check_told(fresh, 3, "clock is off", "NTP", LANE_TEST_CLOCK=off, LANE_TEST_HASTE="100")
    assert f"seconds {way} Apple's" in said


def test_nobody_answers(fresh: Rehearsal, sandbox: Sandbox) -> None:
    fresh.meets(sandbox, "http://127.0.0.1:9")
    check_told(fresh, 1, "127.0.0.1:9 cannot be reached", "Check the network", LANE_TEST_HASTE="100")


def test_a_sandbox_that_is_broken(fresh: Rehearsal) -> None:
    state = fresh.folder / ".lane" / "sandbox" / "state.sqlite"
    state.parent.mkdir(parents=True)
    state.write_text("no database")
    check_told(fresh, 2, "The offline Apple cannot start", "lane sandbox reset")
