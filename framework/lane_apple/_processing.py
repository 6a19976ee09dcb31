"""Waits until Apple has processed an upload or a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._builds import get_build
from ._refusal import ProcessingError, WaitedTooLongError
from ._uploads import get_build_upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._builds import Build
    from ._client import AppStoreConnect
    from ._uploads import BuildUpload

_FIRST_PAUSE = 1.0  # seconds
_LONGEST_PAUSE = 30.0  # with a budget of 3,500 requests an hour this is 3 % of it
_GROWTH = 1.4


def wait_for_upload(
    apple: AppStoreConnect,
    upload_id: str,
    *,
    deadline: float = 3600.0,
    on_state: Callable[[str], None] | None = None,
) -> Build:
    """The build that an upload became, once Apple calls it VALID. `deadline` is in seconds from now.

    Raises ProcessingError with Apple's codes when the upload is FAILED, or the build FAILED or INVALID, and
    WaitedTooLongError. `on_state` is told each new state.
    """

    def look() -> tuple[str, Build | None]:
        upload = get_build_upload(apple, upload_id)
        # A binary that Apple refuses fails here, before there is a build.
        if upload.state == "FAILED":
            raise _failed(upload)
        if upload.build_id is None:
            return f"upload {upload.state}", None
        return _judge(apple, upload.build_id, upload)

    return _poll(apple, look, deadline, on_state)


def wait_for_build(
    apple: AppStoreConnect,
    build_id: str,
    *,
    deadline: float = 3600.0,
    on_state: Callable[[str], None] | None = None,
) -> Build:
    """A build once Apple calls it VALID; as `wait_for_upload`, for a build that is there already."""
    return _poll(apple, lambda: _judge(apple, build_id, None), deadline, on_state)


def _judge(apple: AppStoreConnect, build_id: str, upload: BuildUpload | None) -> tuple[str, Build | None]:
    build = get_build(apple, build_id)
    if build.state in {"FAILED", "INVALID"}:
        problems = upload.problems if upload is not None else ()
        said = f": {'; '.join(map(str, problems))}" if problems else ""
        raise ProcessingError(
            f"Apple processed build {build.number} and found it {build.state}{said}",
            problems,
            hint="Apple's e-mail to the team says why, as does TestFlight in App Store Connect. Its number"
            " is used up: the next build needs a higher one.",
        )
    return f"build {build.state}", build if build.state == "VALID" else None


def _failed(upload: BuildUpload) -> ProcessingError:
    said = "; ".join(map(str, upload.problems)) or "no reason given"
    return ProcessingError(
        f"Apple refused the upload of {upload.version} ({upload.number}): {said}",
        upload.problems,
        hint="Mend what Apple names, then build and upload again, with a higher build number.",
    )


def _poll(
    apple: AppStoreConnect,
    look: Callable[[], tuple[str, Build | None]],
    deadline: float,
    on_state: Callable[[str], None] | None,
) -> Build:
    until = apple.clock() + deadline
    pause, known = _FIRST_PAUSE, ""
    while True:
        state, build = look()
        if state != known and on_state is not None:
            on_state(state)
        known = state
        if build is not None:
            return build
        left = until - apple.clock()
        if left <= 0:
            raise WaitedTooLongError(
                f"Apple is still at work after {deadline:.0f} seconds ({state}).",
                hint="It goes on without us. Run this again later: what is there is not uploaded twice.",
            )
        apple.sleep(min(pause, left))
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)
