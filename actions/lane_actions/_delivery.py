"""Brings a package to App Store Connect once: what is there, or under way, is not sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import ActionError
from lane_apple import (
    AppleError,
    find_build,
    find_build_uploads,
    is_sent_file,
    upload_build,
    wait_for_build,
    wait_for_upload,
)

if TYPE_CHECKING:
    from pathlib import Path

    import lane_apple
    from lane import Context
    from lane_apple import AppStoreConnect, BuildUpload, Package

_UNDER_WAY = frozenset({"PROCESSING", "COMPLETE"})


def find_delivered(apple: AppStoreConnect, app_id: str, package: Package) -> lane_apple.Build | None:
    """The build with the version, number and platform of a package, in whatever state."""
    return find_build(
        apple, app_id, version=package.version, number=package.build_number, platform=package.platform
    )


def find_earlier(apple: AppStoreConnect, app_id: str, package: Package) -> list[BuildUpload]:
    """The uploads with the version, number and platform of a package, the newest first."""
    found = find_build_uploads(
        apple, app_id, version=package.version, number=package.build_number, platform=package.platform
    )
    # Nothing promises that Apple's filters are exact.
    return [each for each in found if (each.version, each.number) == (package.version, package.build_number)]


def begin(
    ctx: Context, apple: AppStoreConnect, app_id: str, package: Package, file: Path
) -> lane_apple.Build | str:
    """The build of a package, if Apple has it; else the id of the buildUpload that Apple processes.

    The file is sent only where Apple has neither. An upload that was begun and never finished is no obstacle: it
    uses no number up, and another one is begun. Raises ActionError where the number is used up.
    """
    found = find_delivered(apple, app_id, package)
    earlier = find_earlier(apple, app_id, package)
    if found is not None:
        ctx.log.info(f"{_named(package)} is there already: it is not sent again.")
        warn_if_other(ctx, apple, earlier, file)
        return found
    upload_id = _under_way(earlier)
    if upload_id is not None:
        ctx.log.info(f"{_named(package)} was sent before and is being processed: it is not sent again.")
        warn_if_other(ctx, apple, earlier, file)
        return upload_id
    _tell(ctx, earlier, package)
    return _send(ctx, apple, app_id, package, file, earlier)


def deliver(
    ctx: Context, apple: AppStoreConnect, app_id: str, package: Package, file: Path, *, wait: float
) -> lane_apple.Build:
    """The processed build of a package, which is sent only once. `wait` are the seconds that processing may take."""

    def tell(state: str) -> None:
        ctx.log.info(f"Apple: {state}")

    begun = begin(ctx, apple, app_id, package, file)
    if isinstance(begun, str):
        return wait_for_upload(apple, begun, deadline=wait, on_state=tell)
    return wait_for_build(apple, begun.id, deadline=wait, on_state=tell)


def warn_if_other(ctx: Context, apple: AppStoreConnect, earlier: list[BuildUpload], file: Path) -> None:
    """Say so where what Apple has is not the file at hand: Apple tells builds apart by their number alone."""
    sent = _under_way(earlier)
    if sent is not None and is_sent_file(apple, sent, file) is False:
        ctx.log.warning(
            f"What Apple has as {earlier[0].version} ({earlier[0].number}) was made of another file than"
            f" {file.name}, and stays: a number is good for one build. To ship this file, build it with a"
            " higher number."
        )


def _under_way(earlier: list[BuildUpload]) -> str | None:
    return next((upload.id for upload in earlier if upload.state in _UNDER_WAY), None)


def _tell(ctx: Context, earlier: list[BuildUpload], package: Package) -> None:
    """Say what became of earlier uploads of the same build."""
    for upload in earlier:
        if upload.state == "FAILED":
            ctx.log.warning(f"Apple refused an earlier upload of {_named(package)}: {_why(upload)}")
        else:
            ctx.log.info(f"An earlier upload of {_named(package)} was begun and not finished: begun anew.")


def _send(
    ctx: Context,
    apple: AppStoreConnect,
    app_id: str,
    package: Package,
    file: Path,
    earlier: list[BuildUpload],
) -> str:
    """Send the file; the id of the buildUpload that Apple now processes."""
    build = {"version": package.version, "number": package.build_number, "platform": package.platform}
    with ctx.progress(file.name, total=file.stat().st_size, unit="bytes") as bar:
        try:
            sent = upload_build(
                apple,
                file,
                app_id=app_id,
                version=package.version,
                number=package.build_number,
                platform=package.platform,
                begun=lambda upload: ctx.change(f"buildUploads/{upload.id}", after=build),
                progress=bar.update,
            )
        except AppleError as error:
            if not error.is_duplicate:
                raise
            another = _under_way(find_earlier(apple, app_id, package))
            if another is None:
                raise _used_up(package, earlier, error) from None
            ctx.log.info(f"{_named(package)} was sent by someone else meanwhile: theirs is taken.")
            return another
    ctx.change(f"buildUploads/{sent.id} state", before="AWAITING_UPLOAD", after="PROCESSING")
    return sent.id


def _used_up(package: Package, earlier: list[BuildUpload], error: AppleError) -> ActionError:
    failed = next((upload for upload in earlier if upload.state == "FAILED"), None)
    before = "" if failed is None else f" It refused the first one: {_why(failed)}"
    return ActionError(
        f"Apple takes no second upload of {_named(package)}.{before}",
        where=error.where,
        hint="Its number is used up, also where the build has failed or was removed: build with a higher one"
        " (latest_build_number tells the highest in use).",
        code="number_used",
    )


def _why(upload: BuildUpload) -> str:
    return "; ".join(map(str, upload.problems)) or "no reason given"


def _named(package: Package) -> str:
    return f"{package.version} ({package.build_number})"
