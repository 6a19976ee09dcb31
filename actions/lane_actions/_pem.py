"""`pem`: a push certificate with its key, made by Apple when the one that is here ends soon."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lane import ActionError, Context, Model, Secret, action, probe
from lane_apple import PushType, apple_id

from ._push_advice import token_key
from ._push_files import PushFiles

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from lane import AuthMode

_PREFIXES = {"website": "web.", "pass-type": "pass."}


class PushCertificate(Model):
    """A push certificate whose key is here. `pem` has both, `p12` too; `key` the key alone, `certificate` is DER.

    `serial_number` is hexadecimal.
    """

    type: str
    identifier: str
    serial_number: str
    expires: datetime
    pem: Path
    p12: Path
    key: Path
    certificate: Path


@probe(auth=[])
def is_good(
    ctx: Context,
    *,
    type: PushType = "production",  # noqa: A002 - Apple's word
    identifier: str | None = None,
    bundle_id: str | None = None,
    output: Path = Path("push"),
    name: str | None = None,
    p12_password: Secret | None = None,
    active_days_limit: int = 30,
    force: bool = False,
    revoke: list[str] | None = None,
) -> PushCertificate | None:
    """The certificate, if its files are here and it has more than active_days_limit days. Apple is not asked."""
    if force or revoke:
        return None
    owner = owner_of(ctx, type, identifier or bundle_id)
    files = files_of(ctx.path(output), type, owner, name)
    found = files.read(p12_password)
    return (
        None
        if found is None or ends_within(found, active_days_limit)
        else described(found, type, owner, files)
    )


def _modes(options: Any) -> list[AuthMode]:
    """No key makes a certificate, but most of them a key can replace."""
    return [apple_id(face="developer_portal", instead=token_key(options.type))]


@action(auth=_modes, effect="create", probe=is_good)
def pem(
    ctx: Context,
    *,
    type: Annotated[PushType, "What it is for"] = "production",  # noqa: A002 - Apple's word
    identifier: Annotated[
        str | None, "Whose it is: a bundle id, web.com.example, pass.com.example; left out: bundle_id"
    ] = None,
    bundle_id: Annotated[str | None, "The app; left out: app(bundle_id=…)"] = None,
    output: Annotated[Path, "The folder with keys and certificates; git ignores it"] = Path("push"),
    name: Annotated[str | None, "The files' name; left out: production_com.example.aurora_ios"] = None,
    p12_password: Annotated[Secret | None, "Opens the .p12; left out: nothing locks it"] = None,
    active_days_limit: Annotated[int, "One with more days than this is good enough"] = 30,
    force: Annotated[bool, "Make a new one all the same"] = False,
    revoke: Annotated[list[str] | None, "Apple's ids of certificates that are revoked first"] = None,
) -> PushCertificate:
    """Have a push certificate that does not end soon: .pem, .p12, .cer, and its key in a .pkey.

    Only an Apple ID can make one; while the files are here and the certificate has days enough, nobody signs in. Where
    Apple has a good one whose key is elsewhere, no second one is made but by force. Nothing is revoked unless it is
    named. For apps, a key for push (.p8) that is made once replaces all of this, and never ends.
    """
    from ._push_order import PushOrder

    owner = owner_of(ctx, type, identifier or bundle_id)
    files = files_of(ctx.path(output), type, owner, name)
    order = PushOrder(ctx, type, owner, files, p12_password, active_days_limit)
    order.revoke(revoke or ())
    return described(order.fill(force=force), type, owner, files)


def owner_of(ctx: Context, push_type: str, identifier: str | None) -> str:
    """Whose certificate it is. Raises ActionError for what cannot be."""
    prefix = _PREFIXES.get(push_type, "")
    if identifier is None:
        raise ActionError(
            f"{ctx.step} knows no app.",
            hint='Pass identifier=…, or say app(bundle_id="…") in the Lanefile.',
            code="no_app",
        )
    if not identifier.startswith(prefix) or not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", identifier):
        raise ActionError(
            f"{identifier!r} gets no push certificate of the type {push_type}.",
            hint=f"It is for an identifier such as {prefix or 'com.example.'}"
            f"{'com.example.' if prefix else ''}aurora: pass identifier=….",
            code="identifier",
        )
    return identifier


def files_of(folder: Path, push_type: str, owner: str, name: str | None) -> PushFiles:
    """Where the files are; without a name, where fastlane's are. Raises ActionError for a name with a folder."""
    if name is not None and (Path(name).name != name or name.startswith(".")):
        raise ActionError(
            f"{name!r} is no name for files.",
            hint="Leave folders and endings away: output= is the folder.",
            code="name",
        )
    platform = "macos" if push_type.startswith("macos-") else "ios"
    return PushFiles(folder, name or f"{push_type.removeprefix('macos-')}_{owner}_{platform}")


def ends_within(certificate: Certificate, days: int) -> bool:
    """Whether a certificate has no more days than these."""
    return certificate.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=days)


def described(certificate: Certificate, push_type: str, owner: str, files: PushFiles) -> PushCertificate:
    """What the step gives."""
    return PushCertificate(
        type=push_type,
        identifier=owner,
        serial_number=f"{certificate.serial_number:X}",
        expires=certificate.not_valid_after_utc,
        pem=files.pem,
        p12=files.p12,
        key=files.key,
        certificate=files.certificate,
    )
