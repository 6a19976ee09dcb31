"""`certificates`: signing certificates for keys that are at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from lane import ActionError, Context, Model, action
from lane_apple import api_key_for, create_certificate, find_certificates

from ._door import app_store_connect
from ._ensured import recorded
from ._signing_key import request_for

if TYPE_CHECKING:
    import lane_apple
    from lane_apple import AppStoreConnect

# Apple's CertificateType, without those that belong to a pass or a merchant.
CertificateType = Literal[
    "DEVELOPMENT",
    "DISTRIBUTION",
    "IOS_DEVELOPMENT",
    "IOS_DISTRIBUTION",
    "MAC_APP_DEVELOPMENT",
    "MAC_APP_DISTRIBUTION",
    "MAC_INSTALLER_DISTRIBUTION",
    "DEVELOPER_ID_APPLICATION",
    "DEVELOPER_ID_APPLICATION_G2",
]


class Certificate(Model):
    """A certificate whose key is at hand. `path` is the certificate (DER), `key` the private key (PEM)."""

    id: str
    type: str
    name: str
    serial_number: str
    expires: datetime
    path: Path
    key: Path


@action(auth=[api_key_for("certificates")])
def certificates(
    ctx: Context,
    *,
    types: Annotated[list[CertificateType], "Apple's types; DISTRIBUTION signs for the App Store"],
    output: Annotated[Path, "The folder with keys and certificates; git ignores it"] = Path("signing"),
) -> list[Certificate]:
    """Have a certificate of each type for the key in `output`, made by Apple where it has none that is good.

    A missing key is made (distribution.pem). Keep the folder: Apple never has the key, and a team has only two
    or three certificates of a type, so that machines which begin anew each time should use match.
    """
    if not types:
        raise ActionError(
            "certificates was asked for no type.", hint='Say types=["DISTRIBUTION"].', code="no_type"
        )
    folder = ctx.path(output)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    apple = app_store_connect(ctx)
    return [_certificate(ctx, apple, each, folder) for each in dict.fromkeys(types)]


def _certificate(ctx: Context, apple: AppStoreConnect, kind: CertificateType, folder: Path) -> Certificate:
    key = folder / f"{kind.lower()}.pem"
    request = request_for(key, f"{kind} by lane")
    now = datetime.now(UTC)
    good = (
        each for each in find_certificates(apple, [kind]) if _expires(each) > now and each.is_for(request)
    )
    found = next(good, None)
    if found is None:
        found = recorded(ctx, create_certificate(apple, kind, request))
    ctx.log.info(f"{found.name} ({found.serial_number}) is good until {_expires(found):%Y-%m-%d}.")
    path = key.with_suffix(".cer")
    path.write_bytes(found.content)
    return Certificate(
        id=found.id,
        type=found.type,
        name=found.name,
        serial_number=found.serial_number,
        expires=_expires(found),
        path=path,
        key=key,
    )


def _expires(certificate: lane_apple.Certificate) -> datetime:
    """When it does; one of which Apple does not tell counts as over."""
    return certificate.expires or datetime.fromtimestamp(0, UTC)
