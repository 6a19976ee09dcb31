"""`match`: certificate and profiles from a repository of fastlane match."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator

from lane import ActionError, Context, CredentialError, Secret, action, required
from lane_apple import api_key

from ._certificate_file import is_key_of
from ._keychain import OWN, install_identity, install_profile, keychain_path, open_keychain, own_password
from ._macos import is_mac
from ._match_repository import Repository, clone
from ._signing import Profile, Signing, SigningType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lane import AuthMode

    from ._match_repository import Identity, OpenedFile
    from ._profile_file import ProfileFile


def _only_reading(readonly: bool) -> bool:
    if not readonly:
        raise ValueError(
            "match does not make certificates and profiles yet: write match(readonly=True), and make what is"
            " missing with `fastlane match`"
        )
    return readonly


def _without_password(url: str) -> str:
    password = urlsplit(url).password if "://" in url else None
    if password:
        Secret(password)  # so that no message shows it
        raise ValueError(
            "the address holds a password, which plans, journals and process lists would show: give it by"
            " git_authorization (MATCH_GIT_BASIC_AUTHORIZATION, the base64 of user:token)"
        )
    return url


def _modes(options: Any) -> Sequence[AuthMode]:
    """Reading needs no Apple auth."""
    return [] if getattr(options, "readonly", False) else [api_key]


@action(auth=_modes, limits="keychain")
def match(
    ctx: Context,
    *,
    readonly: Annotated[bool, AfterValidator(_only_reading), "Whether only what is there is used"],  # noqa: ARG001
    git_url: Annotated[
        str, AfterValidator(_without_password), "The repository that fastlane match writes"
    ] = required,
    type: Annotated[SigningType, "What it is signed for"] = "appstore",  # noqa: A002 - match's own word
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    extensions: Annotated[list[str] | None, "Bundle ids of its extensions, which have profiles too"] = None,
    platform: Annotated[Literal["ios", "macos", "tvos", "catalyst"], "The profile's platform"] = "ios",
    team_id: Annotated[str | None, "The team that the profile must have"] = None,
    git_branch: Annotated[str | None, "Its branch; left out: the repository's own"] = None,
    git_authorization: Annotated[
        Secret | None, "Basic … or Bearer …; left out: MATCH_GIT_BASIC_AUTHORIZATION, …_BEARER_AUTHORIZATION"
    ] = None,
    passphrase: Annotated[
        Secret | None, "What the repository is encrypted with; left out: MATCH_PASSWORD"
    ] = None,
    keychain: Annotated[str | None, "On a Mac, its keychain; left out: one is made for it"] = None,
    keychain_password: Annotated[Secret | None, "The password of that keychain"] = None,
    output: Annotated[Path, "The folder that gets the files; git ignores it"] = Path("signing"),
) -> Signing:
    """Fetch the certificate and the profiles that fastlane match stores in git, and install them on a Mac.

    Elsewhere the files are only laid out, as match does: certs/distribution, profiles/appstore.
    """
    _check_address(git_url)
    secret = _passphrase(ctx, passphrase)
    if bundle_id is None:
        raise ActionError(
            "match knows no app.",
            hint='Pass bundle_id=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_app",
        )
    clone(ctx, git_url, git_branch, _authorization(ctx, git_authorization), ctx.scratch / "match")
    repository = Repository(ctx.scratch / "match", secret)
    found = [
        _ForBundle(each, *repository.profile(type, each, platform))
        for each in [bundle_id, *(extensions or ())]
    ]
    for each in found:
        _check_profile(each, team_id)
    identities = _usable(repository.identities(type), [each.profile for each in found])
    folder = _lay_out(ctx.path(output), identities, [each.file for each in found])
    store = None
    if is_mac(ctx):
        store = _install(ctx, identities, keychain, keychain_password, secret, folder)
        for each in found:
            install_profile(each.file.content, each.profile.uuid, each.file.path.suffix)
    signing = _signing(type, identities, found, folder, store)
    ctx.log.info(f"{signing.identity}, {signing.profile.name}: good until {signing.expires:%Y-%m-%d}.")
    return signing


def _check_address(url: str) -> None:
    """Before git gets it, too: what comes from the environment may not have been validated."""
    try:
        _without_password(url)
    except ValueError as error:
        raise ActionError(f"git_url cannot be used: {error}.", code="match_address") from None


class _ForBundle(NamedTuple):
    bundle_id: str
    file: OpenedFile
    profile: ProfileFile


def _passphrase(ctx: Context, given: Secret | None) -> Secret:
    value = ctx.environment.get("MATCH_PASSWORD")
    if given is not None:
        return given
    if not value:
        raise CredentialError(
            "match has no passphrase for the repository.",
            hint="Set MATCH_PASSWORD (or LANE_MATCH__PASSPHRASE) to what `fastlane match` encrypts it with.",
            code="match_passphrase",
        )
    return Secret(value)


def _authorization(ctx: Context, given: Secret | None) -> Secret | None:
    if given is not None:
        return given
    for scheme in ("Basic", "Bearer"):
        value = ctx.environment.get(f"MATCH_GIT_{scheme.upper()}_AUTHORIZATION")
        if value:
            Secret(value)
            return Secret(f"{scheme} {value}")
    return None


def _check_profile(found: _ForBundle, team_id: str | None) -> None:
    profile = found.profile
    named = f"The profile {profile.name} ({found.file.path})"
    if profile.expires <= datetime.now(UTC):
        raise ActionError(
            f"{named} expired on {profile.expires:%Y-%m-%d}.",
            hint="Make it anew: fastlane match, with force: true.",
            code="profile_expired",
        )
    if not profile.is_for(found.bundle_id):
        raise ActionError(
            f"{named} is for {profile.app_id}, not for {found.bundle_id}.",
            hint="Make it anew: fastlane match, with force: true.",
            code="profile_foreign",
        )
    if team_id is not None and team_id != profile.team_id:
        raise ActionError(
            f"{named} is of the team {profile.team_id}, not of {team_id}.",
            hint="Correct app(team_id=…), or git_branch=: teams usually have a branch each.",
            code="profile_foreign",
        )


def _usable(found: list[Identity], profiles: list[ProfileFile]) -> list[Identity]:
    """The identities that every profile allows and that have not expired, the one that lasts longest first."""
    for identity in found:
        if is_key_of(identity.key_file.content, identity.certificate) is False:
            raise ActionError(
                f"{identity.key_file.path} is not the private key of {identity.certificate_file.path}.",
                hint="Restore the two of one commit, or make a new certificate with `fastlane match`.",
                code="key_foreign",
            )
    allowed = [each for each in found if all(_allows(profile, each) for profile in profiles)]
    if not allowed:
        names = ", ".join(each.certificate.id for each in found)
        raise ActionError(
            f"The profile {profiles[0].name} allows none of the repository's certificates ({names}).",
            hint="It was made for another one: make it anew with `fastlane match`, force: true.",
            code="certificate_foreign",
        )
    now = datetime.now(UTC)
    valid = [each for each in allowed if each.certificate.expires > now]
    if not valid:
        last = max(allowed, key=lambda each: each.certificate.expires).certificate
        raise ActionError(
            f"The certificate {last.id} ({last.name}) expired on {last.expires:%Y-%m-%d}.",
            hint="Make a new one: remove it with `fastlane match nuke`, then run `fastlane match`.",
            code="certificate_expired",
        )
    return sorted(valid, key=lambda each: each.certificate.expires, reverse=True)


def _allows(profile: ProfileFile, identity: Identity) -> bool:
    return not profile.certificates or identity.certificate.der in profile.certificates


def _lay_out(folder: Path, identities: list[Identity], files: list[OpenedFile]) -> Path:
    """Write the files where match has them; keys can be read by nobody else, and git does not see them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    pairs = [file for each in identities for file in (each.certificate_file, each.key_file)]
    for file in [*pairs, *files]:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_bytes(file.content)
    return folder


def _install(
    ctx: Context,
    identities: list[Identity],
    name: str | None,
    password: Secret | None,
    passphrase: Secret,
    folder: Path,
) -> Path:
    """The keychain that now has the identities."""
    path = keychain_path(name or OWN)
    secret = password or (own_password(passphrase) if name is None else Secret(""))
    open_keychain(ctx, path, secret, own=name is None)
    for each in identities:
        files = (folder / each.certificate_file.path, folder / each.key_file.path)
        install_identity(ctx, path, secret, each, files)
    return path


def _signing(
    kind: SigningType,
    identities: list[Identity],
    found: list[_ForBundle],
    folder: Path,
    keychain: Path | None,
) -> Signing:
    own, *extensions = [
        Profile(
            bundle_id=each.bundle_id,
            name=each.profile.name,
            uuid=each.profile.uuid,
            path=folder / each.file.path,
            expires=each.profile.expires,
        )
        for each in found
    ]
    certificate = identities[0].certificate
    return Signing(
        type=kind,
        team_id=found[0].profile.team_id,
        identity=certificate.name,
        certificates=[each.certificate.id for each in identities],
        profile=own,
        extensions=extensions,
        expires=min(certificate.expires, own.expires, *(each.expires for each in extensions)),
        keychain=keychain,
    )
