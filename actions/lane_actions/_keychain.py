"""Installs signing identities and profiles on a Mac, by `security`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lane import ActionError, Secret

if TYPE_CHECKING:
    from lane import Completed, Context

    from ._match_repository import Identity

OWN = "lane-match"
_TOOLS = ("/usr/bin/codesign", "/usr/bin/security", "/usr/bin/productbuild", "/usr/bin/productsign")
_PROFILES = (
    "Library/MobileDevice/Provisioning Profiles",  # up to Xcode 15
    "Library/Developer/Xcode/UserData/Provisioning Profiles",  # since Xcode 16
)


def own_password(passphrase: Secret) -> Secret:
    """The password of the keychain that `match` makes: from the passphrase, so that nobody has to keep it."""
    return Secret(hashlib.sha256(b"lane keychain\0" + passphrase.reveal().encode()).hexdigest())


def keychain_path(name: str) -> Path:
    """Where a keychain of this name lies; a path stays what it is."""
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    file = name if name.endswith((".keychain", ".keychain-db")) else f"{name}.keychain-db"
    return Path.home() / "Library" / "Keychains" / file


def open_keychain(ctx: Context, path: Path, password: Secret, *, own: bool) -> None:
    """Unlock a keychain, and let codesign search it; an own one is made where it is not there.

    Raises ActionError for one of someone's own that is missing or has another password.
    """
    unlocked = path.exists() and _told(ctx, "unlock-keychain", "-p", password, str(path)).returncode == 0
    if not unlocked and own:
        if path.exists():  # from an earlier passphrase
            _check(
                ctx.run(["security", "delete-keychain", str(path)], check=False), "delete the old keychain"
            )
        _check(_told(ctx, "create-keychain", "-p", password, str(path)), "make a keychain")
        # Left to itself it would lock again while xcodebuild is at work.
        _check(ctx.run(["security", "set-keychain-settings", str(path)], check=False), "keep it unlocked")
        _check(_told(ctx, "unlock-keychain", "-p", password, str(path)), "unlock the keychain")
    elif not unlocked:
        missing = not path.exists()
        raise ActionError(
            f"There is no keychain {path}." if missing else f"The keychain {path} cannot be unlocked.",
            hint="Leave keychain= out, and one is made."
            if missing
            else "Give its password: LANE_MATCH__KEYCHAIN_PASSWORD.",
            code="keychain",
        )
    _search(ctx, path)


def install_identity(
    ctx: Context, path: Path, password: Secret, identity: Identity, files: tuple[Path, Path]
) -> None:
    """Import a certificate and its key (`files`) unless they are there, and let Apple's tools use the key."""
    certificate = identity.certificate
    listed = ctx.run(["security", "find-certificate", "-a", "-Z", str(path)], check=False).stdout
    if certificate.sha1 in listed:
        ctx.log.info(f"{certificate.name} is in the keychain already.")
        return
    trusted = [word for tool in _TOOLS for word in ("-T", tool)]
    for file in files:
        command = ["security", "import", str(file), "-k", str(path), "-P", "", *trusted]
        done = ctx.run(command, check=False)
        if "already exists" not in done.stderr:
            _check(done, f"import {file.name}")
    allowed = "apple-tool:,apple:,codesign:"
    partition = ("set-key-partition-list", "-S", allowed, "-s", "-k", password, str(path))
    _check(_told(ctx, *partition), "let codesign use the key")
    valid = ctx.run(["security", "find-identity", "-v", "-p", "codesigning", str(path)], check=False).stdout
    if certificate.sha1 not in valid:
        ctx.log.warning(
            f"macOS does not take {certificate.name} for a valid identity: is Apple's intermediate certificate"
            " (WWDR) missing on this machine? Xcode brings it."
        )


def install_profile(content: bytes, uuid: str, extension: str) -> list[Path]:
    """Put a profile where every Xcode looks; the paths."""
    targets = [Path.home() / folder / f"{uuid}{extension}" for folder in _PROFILES]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return targets


def _search(ctx: Context, path: Path) -> None:
    """Put the keychain into the user's search list, where codesign and xcodebuild look."""
    listed = re.findall(r'"(.+)"', ctx.run(["security", "list-keychains", "-d", "user"]).stdout)
    if str(path) not in listed:
        ctx.run(["security", "list-keychains", "-d", "user", "-s", str(path), *listed])


def _told(ctx: Context, *words: str | Secret) -> Completed:
    """Run one command that holds a password: by standard input, since arguments can be seen by all."""
    line = " ".join(_quoted(word.reveal() if isinstance(word, Secret) else word) for word in words)
    return ctx.run(["security", "-i"], stdin=Secret(f"{line}\n"), check=False)


def _quoted(word: str) -> str:
    """As `security -i` reads it (Apple's SecurityTool, split_line)."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check(done: Completed, doing: str) -> None:
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ActionError(
            f"security could not {doing}: {lines[0] if lines else f'it exited with {done.returncode}'}.",
            hint="The step's log has all that it printed.",
            code="keychain",
        )
