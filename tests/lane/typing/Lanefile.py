"""A Lanefile that uses everything: type checkers, both strict, have nothing to say."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_type

from lane import (
    AuthMode,
    Context,
    Credential,
    Failure,
    Model,
    Secret,
    TransientError,
    action,
    after_all,
    app,
    before_all,
    cron,
    each,
    lane,
    let,
    nightly,
    now,
    on_error,
    probe,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

app(bundle_id="com.example.aurora", team_id="ABCDE12345", sandbox=True)


@dataclass(frozen=True)
class Key:
    """A mode of the user's own."""

    role: str | None = None
    name: str = "key"
    attended: bool = False
    expires: bool = False
    fit_for_ci: bool = True
    names: tuple[str, ...] = ("KEY",)

    def how(self) -> list[str]:
        return ["Set KEY."]

    def find(self, environment: Mapping[str, str], folder: Path) -> Credential | None:
        return None


key = Key()


class Channel(enum.Enum):
    BETA = "beta"
    STORE = "store"


class Build(Model):
    version: str
    number: int
    files: list[Path]


class Notes(Model):
    text: str
    build: Build


class SigningOptions(Model):
    readonly: bool = False


def signing_auth(options: SigningOptions) -> Sequence[AuthMode]:
    return [] if options.readonly else [key]


@action
def check(ctx: Context, *, strict: bool = False) -> None:
    """An action without declarations."""
    ctx.log.info("checked")


@action(auth=signing_auth, effect="read")
def sign(ctx: Context, *, readonly: bool = False, password: Secret | None = None) -> str:
    return "profile"


@probe(auth=[])
def built(ctx: Context, *, scheme: str) -> Build | None:
    return None


@action(
    auth=[key], effect="create", runs_on="macos", limits=["xcodebuild"], retry=[TransientError], probe=built
)
def build_app(
    ctx: Context,
    *,
    scheme: str,
    signing: str | None = None,
    channel: Channel = Channel.BETA,
    jobs: Annotated[int, "How many at once"] = 2,
) -> Build:
    """Build."""
    return Build(version="1.0", number=jobs, files=[])


@action(on=nightly)
def symbols(ctx: Context, *, build: Build) -> list[Path]:
    return build.files


@action
def send(ctx: Context, *, file: Path, note: str = "", to: str = required) -> int:
    return 1


@action
def announce(ctx: Context, *, notes: Notes) -> None: ...


@action
def summed(ctx: Context, *, sizes: list[int], by_name: dict[str, int] | None = None) -> int:
    return sum(sizes)


@lane
def parts(build: Build) -> list[int]:
    """A lane with a result."""
    return each(build.files, lambda file: send(file=file, note=f"{build.version}"))


@lane(private=True)
def checks(strict: bool = True) -> None:
    check(strict=strict)


@lane
def release(scheme: str = "Aurora", channel: Channel = Channel.BETA, tags: list[str] | None = None) -> None:
    """Ship."""
    checks()
    profile = assert_type(sign(readonly=True), str)
    signed = assert_type(sign.set(retries=2, timeout=60, auth=key)(readonly=False), str)
    build = build_app.set(after=[profile, "check"], name="build", allow_failure=False)(
        scheme=scheme, signing=signed, channel=channel
    )
    assert_type(build, Build)
    assert_type(build.number, int)
    large = let(build.number, lambda number: number > 3)
    assert_type(large, bool)
    check.set(when=large, always=True, no_output_timeout=30.5)()
    sizes = parts.set(after=build)(build)
    assert_type(sizes, list[int])
    total = summed(sizes=sizes, by_name={"first": build.number})
    both = let((build.version, total), lambda pair: f"{pair[0]}: {pair[1]}")
    announce(notes=Notes(text=f"{build.version} ({build.number}), {both}", build=build))
    later = symbols.set(on=cron("0 4 * * 1-5", timezone="Europe/Berlin"))(build=build)
    assert_type(later[0], Path)
    symbols.set(on=now, after=later)(build=build)
    each(later, lambda file: send(file=file))
    for tag in tags or []:
        send.set(auth="none")(file=Path(f"{tag}-{build.number}.txt"))


@before_all
def prepare() -> None:
    check()


@after_all(release, "parts")
def done() -> None:
    check()


@on_error
def alarm(failure: Failure) -> None:
    sign(readonly=bool(let(failure.step, lambda step: step == "build")))


@on_error(release)
def quiet_alarm() -> None:
    check()
