"""A stand-in for Apple's `security`: keychains are JSON files, what they hold was really read.

It takes commands as arguments, and one a line on standard input after `-i`, as the real one does.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from noting import note, settings

SEARCHED = Path.home() / "Library" / "Keychains" / "search-list"


def main(words: list[str]) -> int:
    command = COMMANDS.get(words[0])
    if command is None:
        print(f'security: unknown command "{words[0]}"', file=sys.stderr)
        return 1
    return command(words[1:])


def read(path: str) -> dict[str, Any] | None:
    if not Path(path).exists():
        print("security: SecKeychainOpen: The specified keychain could not be found.", file=sys.stderr)
        return None
    keychain: dict[str, Any] = json.loads(Path(path).read_text())
    return keychain


def write(path: str, keychain: dict[str, Any]) -> int:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(keychain))
    return 0


def create(words: list[str]) -> int:
    if Path(words[2]).exists():
        print(f"security: SecKeychainCreate {words[2]}: A keychain with the same name already exists.")
        return 48
    return write(words[2], {"password": words[1], "certificates": [], "keys": [], "locked": True})


def unlock(words: list[str]) -> int:
    keychain = read(words[2])
    if keychain is None:
        return 50
    if keychain["password"] != words[1]:
        print("security: SecKeychainUnlock: The user name or passphrase you entered is not correct.")
        return 51
    return write(words[2], {**keychain, "locked": False})


def keep(words: list[str]) -> int:
    keychain = read(words[-1])
    return 50 if keychain is None else write(words[-1], {**keychain, "stays": True})


def delete(words: list[str]) -> int:
    Path(words[0]).unlink()
    return 0


def search(words: list[str]) -> int:
    if "-s" in words:
        SEARCHED.parent.mkdir(parents=True, exist_ok=True)
        SEARCHED.write_text("\n".join(words[words.index("-s") + 1 :]))
    elif SEARCHED.exists():
        print("\n".join(f'    "{line}"' for line in SEARCHED.read_text().splitlines()))
    return 0


def find(words: list[str]) -> int:
    keychain = read(words[-1]) or {"certificates": []}
    for sha1 in keychain["certificates"]:
        print(f'SHA-256 hash: {"0" * 64}\nSHA-1 hash: {sha1}\nkeychain: "{words[-1]}"')
    return 0


def add(words: list[str]) -> int:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_der_x509_certificate

    path = words[words.index("-k") + 1]
    keychain = read(path)
    if keychain is None or keychain["locked"]:
        print("security: SecKeychainItemImport: User interaction is not allowed.", file=sys.stderr)
        return 36
    content = Path(words[0]).read_bytes()
    if b"PRIVATE KEY-----" in content:
        numbers = load_pem_private_key(content, None).public_key()
        kind, item = "keys", str(numbers.public_numbers().n)  # type: ignore[union-attr]
    else:
        load_der_x509_certificate(content)
        kind, item = "certificates", hashlib.sha1(content).hexdigest().upper()
    if item in keychain[kind]:
        text = "security: SecKeychainItemImport: The specified item already exists in the keychain."
        print(text, file=sys.stderr)
        return 45
    keychain[kind].append(item)
    print(f"1 {kind.removesuffix('s')} imported.")
    return write(path, keychain)


def partition(words: list[str]) -> int:
    keychain = read(words[-1])
    if keychain is None or keychain["password"] != words[words.index("-k") + 1]:
        print("security: SecKeychainItemSetAccessWithPassword: incorrect password", file=sys.stderr)
        return 51
    return write(words[-1], {**keychain, "partition": words[words.index("-S") + 1]})


def identities(words: list[str]) -> int:
    keychain = read(words[-1]) or {"certificates": [], "keys": []}
    valid = keychain["certificates"] if keychain["keys"] and settings("security").get("trusted", True) else []
    for number, sha1 in enumerate(valid, 1):
        print(f'  {number}) {sha1} "Apple Distribution"')
    print(f"     {len(valid)} valid identities found")
    return 0


COMMANDS = {
    "create-keychain": create,
    "unlock-keychain": unlock,
    "set-keychain-settings": keep,
    "delete-keychain": delete,
    "list-keychains": search,
    "find-certificate": find,
    "import": add,
    "set-key-partition-list": partition,
    "find-identity": identities,
}

if sys.argv[1:] == ["-i"]:
    lines = [shlex.split(line) for line in sys.stdin]
    note("security", told=[line[0] for line in lines])
    code = 0
    for line in lines:
        code = main(line)
        if code:
            print(f"{line[0]}: returned {code}", file=sys.stderr)
    sys.exit(code)
note("security")
sys.exit(main(sys.argv[1:]))
