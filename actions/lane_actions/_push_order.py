"""Orders a push certificate at the developer portal, and fetches one that was ordered before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lane import ActionError
from lane_apple import (
    IdentifierNotFoundError,
    TooManyCertificatesError,
    create_push_certificate,
    download_push_certificate,
    find_push_certificates,
    revoke_push_certificate,
)

from ._door import developer_portal
from ._ensured import recorded
from ._push_advice import token_key
from ._signing_key import request_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.x509 import Certificate

    import lane_apple
    from lane import Context, Secret

    from ._push_files import PushFiles

_SUBJECT = "PEM"  # fastlane's; Apple puts a subject of its own in its place


class PushOrder:
    """One certificate of a type, for one identifier, into files."""

    def __init__(
        self,
        ctx: Context,
        push_type: lane_apple.PushType,
        owner: str,
        files: PushFiles,
        password: Secret | None,
        days: int,
    ) -> None:
        self._ctx = ctx
        self._type: lane_apple.PushType = push_type
        self._owner = owner
        self._files = files
        self._password = password
        self._enough = timedelta(days=days)
        self._portal = developer_portal(ctx)

    def revoke(self, ids: Sequence[str]) -> None:
        """Revoke those with these ids of Apple's; one that is revoked already is passed over."""
        living = {each.id: each for each in find_push_certificates(self._portal, self._type)} if ids else {}
        for each in dict.fromkeys(ids):
            if each in living:
                recorded(self._ctx, revoke_push_certificate(self._portal, living[each]))
            else:
                self._ctx.log.info(f"There is no certificate {each} of this type: it is revoked already.")

    def fill(self, *, force: bool) -> Certificate:
        """The certificate that is in the files now: one that is there and good, or a new one."""
        found = find_push_certificates(self._portal, self._type, self._owner)
        ordered = self._held(found, self._files.draft)
        if ordered is not None:  # by a run that did not get it any more
            return self._written(ordered, self._files.draft)
        if not force:
            good = [each for each in found if self._is_good(each)]
            mine = self._held(good, self._files.key)
            if mine is not None:
                return self._written(mine, self._files.key)
            if good:
                raise self._elsewhere(good[0])
        return self._made()

    def _made(self) -> Certificate:
        self._files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._files.folder / ".gitignore").write_text("*\n")
        is_new = not self._files.draft.exists()
        request = request_for(self._files.draft, _SUBJECT)
        try:
            made = recorded(
                self._ctx, create_push_certificate(self._portal, self._type, self._owner, request)
            )
        except TooManyCertificatesError as error:
            raise _too_many(error) from error
        except IdentifierNotFoundError:
            if is_new:  # nobody was asked to certify it
                self._files.draft.unlink()
            raise
        if advice := token_key(self._type):
            self._ctx.log.info(f"A push certificate ends after 13 months. {advice}")
        return self._written(download_push_certificate(self._portal, made), self._files.draft)

    def _held(self, found: Sequence[lane_apple.PushCertificate], key: Path) -> bytes | None:
        """The certificate among those found that is for the key in a file."""
        if not (found and key.exists()):
            return None
        wanted = request_for(key, _SUBJECT).public_key
        contents = (download_push_certificate(self._portal, each) for each in found)
        return next((each for each in contents if _public_key(each) == wanted), None)

    def _is_good(self, certificate: lane_apple.PushCertificate) -> bool:
        return certificate.expires is not None and certificate.expires - datetime.now(UTC) > self._enough

    def _written(self, content: bytes, key: Path) -> Certificate:
        friendly_name = self._type.removeprefix("macos-").removeprefix("older-")
        certificate = self._files.write(content, key, self._password, friendly_name)
        self._ctx.log.info(
            f"{self._files.pem} is good until {certificate.not_valid_after_utc:%Y-%m-%d}"
            f" (serial number {certificate.serial_number:X})."
        )
        return certificate

    def _elsewhere(self, certificate: lane_apple.PushCertificate) -> ActionError:
        return ActionError(
            f"Apple has a {self._type} certificate for {self._owner} that is good, and whose key is not in"
            f" {self._files.folder}: {certificate}.",
            hint=f"Copy {self._files.key.name} from the machine that has it, or make a second one: force=True.",
            code="key_elsewhere",
        )


def _too_many(error: TooManyCertificatesError) -> TooManyCertificatesError:
    """The error, with how pem is told what to revoke."""
    first = f' Say pem(…, revoke=["{error.certificates[-1].id}"]).' if error.certificates else ""
    return TooManyCertificatesError(
        error.refusal, error.result_code, hint=f"{error.hint}{first}", certificates=error.certificates
    )


def _public_key(content: bytes) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(content).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
