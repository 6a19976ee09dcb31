"""Uploads: parts, faults in the middle, processing, and memory that does not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest
from apple_harness import Time
from faults import Lost, Reply, Reset, Seen, Server

from lane import ActionError
from lane_apple import (
    ApiKey,
    AppleError,
    AppStoreConnect,
    LostAnswerError,
    ProcessingError,
    WaitedTooLongError,
    find_app,
    find_build,
    find_build_uploads,
    get_build,
    latest_build_number,
    next_build_number,
    upload_build,
    wait_for_build,
    wait_for_upload,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple import BuildUpload

AURORA: dict[str, Any] = {"version": "1.2.0", "number": "42", "platform": "IOS"}


@pytest.fixture
def ipa(assets: Path) -> Path:
    return assets / "Aurora.ipa"


def send(apple: AppStoreConnect, ipa: Path, **options: Any) -> BuildUpload:
    app = find_app(apple, "com.example.aurora")
    return upload_build(apple, ipa, app_id=app.id, **(AURORA | options))


def test_from_a_file_to_a_valid_build(apple: AppStoreConnect, ipa: Path) -> None:
    sent: list[int] = []
    states: list[str] = []
    upload = send(apple, ipa, progress=sent.append)
    build = wait_for_upload(apple, upload.id, on_state=states.append)
    assert (build.version, build.number, build.platform, build.state) == ("1.2.0", "42", "IOS", "VALID")
    assert build.uses_non_exempt_encryption is False
    assert sent[-1] == ipa.stat().st_size
    assert states[-1] == "build VALID"
    assert states == list(dict.fromkeys(states))
    assert find_build(apple, "6450000101", **AURORA) == build
    assert get_build(apple, build.id) == build
    assert wait_for_build(apple, build.id) == build


def test_a_build_that_is_not_there(apple: AppStoreConnect) -> None:
    assert find_build(apple, "6450000101", version="9.9", number="1", platform="IOS") is None


def test_a_number_that_was_used(apple: AppStoreConnect, ipa: Path) -> None:
    wait_for_upload(apple, send(apple, ipa).id)
    with pytest.raises(AppleError) as caught:
        send(apple, ipa)
    assert caught.value.is_duplicate
    assert "DUPLICATE" in caught.value.code
    assert "number" in str(caught.value.hint)


def test_what_apple_finds_unfit(apple: AppStoreConnect, assets: Path) -> None:
    """The package says com.example.borealis, 2.0.1 (2026.7); Apple looks into it."""
    upload = send(apple, assets / "Borealis.ipa")
    with pytest.raises(ProcessingError) as caught:
        wait_for_upload(apple, upload.id)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.code in str(caught.value)
        assert problem.text in str(caught.value)


def test_waiting_ends_at_its_deadline(apple: AppStoreConnect, ipa: Path, time: Time) -> None:
    upload = send(apple, ipa)
    with pytest.raises(WaitedTooLongError, match="after 20 seconds"):
        wait_for_upload(apple, upload.id, deadline=20.0)
    assert sum(time.slept) == 20.0
    assert wait_for_upload(apple, upload.id).state == "VALID"


def test_the_pauses_grow_and_stay_within_bounds(apple: AppStoreConnect, ipa: Path, time: Time) -> None:
    wait_for_upload(apple, send(apple, ipa).id)
    assert time.slept == sorted(time.slept)
    assert max(time.slept) <= 30.0
    assert sum(time.slept) < 100.0  # Apple was done after 60


def test_numbers_that_are_taken(apple: AppStoreConnect, ipa: Path) -> None:
    assert latest_build_number(apple, "6450000101") == "41"
    assert next_build_number(apple, "6450000101") == "42"
    assert latest_build_number(apple, "6450000101", version="1.2.0") is None
    assert next_build_number(apple, "6450000101", version="1.2.0", platform="IOS") == "1"
    send(apple, ipa)  # being processed: not a build yet, but its number is used up
    assert latest_build_number(apple, "6450000101") == "42"
    assert next_build_number(apple, "6450000101", version="1.2.0") == "43"


@pytest.mark.parametrize(
    ("numbers", "following"),
    [(["1.9", "1.10"], "1.11"), (["9", "10", "2"], "11"), (["2026.7.0", "2026.7.0.3"], "2026.7.0.4")],
)
def test_numbers_compare_part_by_part(key: ApiKey, numbers: list[str], following: str) -> None:
    builds = [{"type": "builds", "id": number, "attributes": {"version": number}} for number in numbers]

    def answer(request: Seen) -> Reply:
        return Reply(200, {"data": builds if "/v1/builds" in request.path else []})

    with Server(answer) as server, AppStoreConnect(key, base_url=server.url) as apple:
        assert next_build_number(apple, "1") == following


def test_a_number_that_cannot_be_counted_up(key: ApiKey) -> None:
    builds = [{"type": "builds", "id": "1", "attributes": {"version": "7b2a"}}]
    with (
        Server(
            lambda request: Reply(200, {"data": builds if "/v1/builds" in request.path else []})
        ) as server,
        AppStoreConnect(key, base_url=server.url) as apple,
        pytest.raises(ActionError, match="7b2a"),
    ):
        next_build_number(apple, "1")


@pytest.mark.parametrize("fault", [Lost(), Reset(), Reply(500, "<html>")], ids=["lost", "reset", "500"])
@pytest.mark.parametrize(
    ("method", "pattern"),
    [("POST", "/v1/buildUploads$"), ("POST", "/v1/buildUploadFiles$"), ("PATCH", "/v1/buildUploadFiles/")],
    ids=["upload", "file", "commit"],
)
def test_an_answer_that_is_lost_is_resolved_by_looking(
    through: AppStoreConnect, proxy: Server, ipa: Path, method: str, pattern: str, fault: Any
) -> None:
    proxy.arm(method, pattern, fault)
    upload = send(through, ipa)
    assert wait_for_upload(through, upload.id).state == "VALID"
    made = list(find_build_uploads(through, "6450000101", version="1.2.0"))
    assert [each.id for each in made] == [upload.id]
    assert proxy.count(method, pattern) == (1 if isinstance(fault, Lost) else 2)


def test_answers_that_are_lost_for_good(through: AppStoreConnect, proxy: Server, ipa: Path) -> None:
    proxy.arm("POST", "/v1/buildUploads$", *[Reset()] * 9)
    with pytest.raises(LostAnswerError):
        send(through, ipa)
    assert proxy.count("POST", "/v1/buildUploads$") == 3


def test_missing_empty_and_foreign_files(apple: AppStoreConnect, tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="no file"):
        send(apple, tmp_path / "none.ipa")
    (tmp_path / "empty.ipa").touch()
    with pytest.raises(ActionError, match="empty"):
        send(apple, tmp_path / "empty.ipa")
    (tmp_path / "x.apk").write_bytes(b"x")
    with pytest.raises(ActionError, match=r"no \.apk file"):
        send(apple, tmp_path / "x.apk")


def test_a_long_wait_never_uses_a_token_that_is_over(key: ApiKey) -> None:
    """Two hours of processing: tokens are replaced before their end, and not at every look."""
    start = 1_800_000_000.0
    time = Time()
    tokens: list[tuple[float, str]] = []

    def answer(request: Seen) -> Reply:
        tokens.append((start + time.now, request.headers["Authorization"].removeprefix("Bearer ")))
        state = {"state": "PROCESSING", "errors": [], "warnings": [], "infos": []}
        return Reply(200, {"data": {"type": "buildUploads", "id": "1", "attributes": {"state": state}}})

    moving = ApiKey(key.key_id, key.issuer_id, key.private_key, clock=lambda: start + time.now)
    with (
        Server(answer) as server,
        AppStoreConnect(moving, base_url=server.url, sleep=time.sleep, clock=time.clock) as apple,
        pytest.raises(WaitedTooLongError),
    ):
        wait_for_upload(apple, "1", deadline=7200.0)
    lives = [jwt.decode(token, options={"verify_signature": False}) for _, token in tokens]
    assert all(each["iat"] < now < each["exp"] - 30 for (now, _), each in zip(tokens, lives, strict=True))
    assert 6 <= len({token for _, token in tokens}) <= 9
    assert len(tokens) > 200
