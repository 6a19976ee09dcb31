"""Find secrets that are written into a file, and environment variables that carry them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lane_fastfile._catalogue.catalogue import catalogue
from lane_fastfile._load.environment import SECRETS
from lane_fastfile._ruby import nodes as n

from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAMES = (
    "password",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "private_key",
    "key_content",
    "passwd",
    "authorization",
)
_NOT_SECRET = ("path", "file", "name", "env", "id", "url", "type", "expires", "base64", "directory", "issuer")
# What a secret looks like, whatever it is called, and what to call it.
_SHAPES = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a Slack webhook": re.compile(r"hooks\.slack\.com/(services|workflows)/\w+/\w+"),
    "a Discord webhook": re.compile(r"discord(app)?\.com/api/webhooks/\d+/[\w-]+"),
    "a token of GitHub": re.compile(r"\b(gh[pousr]_\w{20,}|github_pat_\w{20,})"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "an access key of AWS": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a password in an address": re.compile(r"https?://[^/\s:@]+:[^/\s:@$]{6,}@"),
}
_SHORTEST = 6
_HINT = "Take it out of the file, change it where it is used, and read it from the environment or a keychain."


def secrets(file: str, nodes: Sequence[n.Node]) -> list[Finding]:
    """Texts that are written where a secret belongs; none of them is shown."""
    found: list[Finding] = []
    for node in nodes:
        found += [_secret(file, line, name) for line, name in _written(node)]
    return list(dict.fromkeys(found))


def _secret(file: str, line: int, name: str) -> Finding:
    return Finding(file, line, "secret_in_file", f"a secret is written into the file ({name})", _HINT)


def _written(node: n.Node) -> Iterator[tuple[int, str]]:
    match node:
        case n.Text(parts=parts):
            for what, shape in _SHAPES.items():
                if any(isinstance(part, str) and shape.search(part) for part in parts):
                    yield node.line, what
        case n.Pair(key=n.Text() as key, value=n.Text() as value) if _is_secret(str(key)) and _is_literal(
            value
        ):
            yield node.line, str(key)
        case n.Assign(targets=[target], value=n.Text() as value) if _is_literal(value):
            name = _target(target)
            if name is not None and _is_secret(name):
                yield node.line, name


def _target(target: n.Node) -> str | None:
    match target:
        case n.Name(name=name) | n.Variable(name=name) | n.Const(path=name):
            return name
        case n.Call(receiver=n.Const(path="ENV"), name="[]", args=[n.Text() as key]):
            return str(key)
    return None


def _is_secret(name: str) -> bool:
    word = name.lower().strip("@$")
    if name in SECRETS:
        return True
    return any(part in word for part in _NAMES) and not word.endswith(_NOT_SECRET)


def _is_literal(value: n.Text) -> bool:
    """A text that is whole, long enough, and neither a path nor a placeholder."""
    text = str(value)
    whole = value.kind == "string" and all(isinstance(part, str) for part in value.parts)
    plain = not text.startswith(("$", "@env:", "@keychain:", "<", "./", "/", "~", "your", "YOUR"))
    return (
        whole and plain and len(text) >= _SHORTEST and " " not in text and not text.endswith((".json", ".p8"))
    )


def variables(file: str, nodes: Sequence[n.Node]) -> list[Finding]:
    """Environment variables that carry an Apple ID's password or session, read or set in the file."""
    known = catalogue().variables
    found: dict[tuple[int, str], Finding] = {}
    for node in nodes:
        if not (
            isinstance(node, n.Call) and isinstance(node.receiver, n.Const) and node.receiver.path == "ENV"
        ):
            continue
        name = str(node.args[0]) if node.args and isinstance(node.args[0], n.Text) else None
        if name is None or name not in known or known[name][0] == "none":
            continue
        mode, meaning = known[name]
        found[node.line, name] = Finding(
            file, node.line, f"variable_{mode}", f"{name}: {meaning}", _USE[mode]
        )
    return list(found.values())


_USE = {
    "apple_id": "An API key needs neither; where only an Apple ID will do, keep that in a job of its own.",
    "app_specific_password": "It serves uploads and the notary; an API key does as well, and needs no account.",
    "api_key": "A key of App Store Connect: fit for CI.",
}
