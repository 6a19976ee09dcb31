"""Fetches a repository of fastlane match and opens what is needed of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lane import ActionError, CredentialError, Secret, TransientError

from ._certificate_file import CertificateFile, looks_like_certificate, looks_like_key, read_certificate
from ._match_encryption import decrypt
from ._profile_file import ProfileFile, looks_like_profile, read_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from lane import Completed, Context

    from ._signing import SigningType

    Platform = Literal["ios", "macos", "tvos", "catalyst"]

# What fastlane calls the folders and files of each type (match/lib/match/module.rb, generator.rb).
_CERTIFICATES: dict[SigningType, str] = {
    "appstore": "distribution",
    "adhoc": "distribution",
    "development": "development",
    "enterprise": "enterprise",
    "developer_id": "developer_id_application",
}
_PROFILES: dict[SigningType, str] = {
    "appstore": "AppStore",
    "adhoc": "AdHoc",
    "development": "Development",
    "enterprise": "InHouse",
    "developer_id": "Direct",
}

_REFUSED = re.compile(
    r"Authentication failed|could not read (Username|Password)|terminal prompts disabled|Permission denied"
    r"|error: 40[13]|Repository not found",
    re.IGNORECASE,
)
_NO_BRANCH = re.compile(r"Remote branch .* not found")
_AWAY = re.compile(
    r"Could not resolve host|Connection (refused|reset|timed out)|Operation timed out|error: 5\d\d"
    r"|early EOF|unexpected disconnect",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A decrypted file; `path` is where it lies in the repository."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key."""

    certificate: CertificateFile
    certificate_file: OpenedFile
    key_file: OpenedFile


@dataclass(frozen=True, slots=True)
class Repository:
    """A clone, and the passphrase that opens its files."""

    folder: Path
    passphrase: Secret

    def identities(self, kind: SigningType) -> list[Identity]:
        """The certificates of a type that have their private keys, by id. Raises ActionError without any."""
        place = Path("certs") / _CERTIFICATES[kind]
        stems = sorted(each.stem for each in (self.folder / place).glob("*.cer"))
        found = [self._identity(place / stem) for stem in stems if self._has(place / f"{stem}.p12")]
        if not found:
            without = f" {', '.join(stems)} lack their private keys (.p12)." if stems else ""
            raise ActionError(
                f"The repository has no certificate for {kind}: nothing is in {place}.{without}",
                hint=f"It has {_listed(self.folder / 'certs')}. `fastlane match {kind}` makes one; is it on"
                " another branch (fastlane's is master)? Pass git_branch=.",
                code="certificate_missing",
            )
        return found

    def profile(
        self, kind: SigningType, bundle_id: str, platform: Platform
    ) -> tuple[OpenedFile, ProfileFile]:
        """The profile of an app. Raises ActionError where there is none."""
        suffix = f"_{platform}" if platform in {"tvos", "catalyst"} else ""
        extension = "provisionprofile" if platform in {"macos", "catalyst"} else "mobileprovision"
        path = Path("profiles") / kind / f"{_PROFILES[kind]}_{bundle_id}{suffix}.{extension}"
        if not self._has(path):
            raise ActionError(
                f"The repository has no profile {path}.",
                hint=f"That folder has {_listed(self.folder / path.parent)}. `fastlane match {kind} -a"
                f" {bundle_id}` makes it; it is not made here.",
                code="profile_missing",
            )
        opened = self._open(path, looks_like_profile)
        return opened, read_profile(opened.content, path)

    def _identity(self, path: Path) -> Identity:
        certificate = self._open(path.with_name(f"{path.name}.cer"), looks_like_certificate)
        key = self._open(path.with_name(f"{path.name}.p12"), looks_like_key)
        return Identity(read_certificate(certificate.content, certificate.path), certificate, key)

    def _has(self, path: Path) -> bool:
        return (self.folder / path).is_file()

    def _open(self, path: Path, looks_right: Callable[[bytes], bool]) -> OpenedFile:
        content = (self.folder / path).read_bytes()
        opened = decrypt(content, self.passphrase, str(path), looks_right=looks_right)
        return OpenedFile(path, opened)


def clone(ctx: Context, url: str, branch: str | None, authorization: Secret | None, target: Path) -> None:
    """Clone the newest commit of a branch (left out: the repository's own). Nobody is asked for a password.

    `authorization` is the value of an HTTP header (`Basic …`, `Bearer …`), which only git's environment gets.
    Raises CredentialError, lane.TransientError, ActionError.
    """
    environment: dict[str, str | Secret] = {"GIT_TERMINAL_PROMPT": "0"}
    if "GIT_SSH_COMMAND" not in ctx.environment:
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes"
    if authorization is not None:
        server = urlsplit(url)
        environment["GIT_CONFIG_COUNT"] = "1"
        environment["GIT_CONFIG_KEY_0"] = f"http.{server.scheme}://{server.netloc}/.extraHeader"
        environment["GIT_CONFIG_VALUE_0"] = Secret(f"Authorization: {authorization.reveal()}")
    chosen = [] if branch is None else ["--branch", branch]
    command = ["git", "clone", "--quiet", "--depth", "1", "--single-branch", *chosen, "--", url, str(target)]
    done = ctx.run(command, env=environment, check=False)
    if done.returncode:
        raise _refusal(url, branch, done)


def _refusal(url: str, branch: str | None, done: Completed) -> Exception:
    lines = done.stderr.strip().splitlines()
    why = lines[-1] if lines else f"git exited with {done.returncode}"
    if _NO_BRANCH.search(done.stderr):
        return ActionError(
            f"{url} has no branch {branch}.",
            hint="Correct git_branch=; fastlane's own default is master.",
            code="match_branch",
        )
    if _REFUSED.search(done.stderr):
        return CredentialError(
            f"{url} cannot be read: {why}",
            hint="Over https set MATCH_GIT_BASIC_AUTHORIZATION (base64 of user:token) or pass"
            " git_authorization=; over ssh give this machine a deploy key.",
            code="match_access",
        )
    kind = TransientError if _AWAY.search(done.stderr) else ActionError
    return kind(f"{url} cannot be cloned: {why}", hint="Try it: git ls-remote, with this address.")


def _listed(folder: Path) -> str:
    names = sorted(each.name for each in folder.glob("[!.]*")) if folder.is_dir() else []
    return ", ".join(names) or "nothing"
