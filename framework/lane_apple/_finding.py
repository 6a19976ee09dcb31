"""Finds an App Store Connect API key in the forms that fastlane and altool taught people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lane import CredentialError, Secret

from ._keyfile import (
    ISSUER_ID,
    JSON_PATH,
    JSON_TEXT,
    KEY,
    KEY_FILEPATH,
    KEY_ID,
    check_key_id,
    looks_like_path,
    misplaced,
    parse_duration,
    parse_json,
)
from ._keys import USUAL_TOKEN, ApiKey
from ._pem import is_pem
from ._variables import Variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_OWN = JSON_TEXT
_SPACESHIP = "SPACESHIP_CONNECT_API"
BASE_URL = "APP_STORE_CONNECT_URL"
_FOLDERS = "API_PRIVATE_KEYS_DIR"

NAMES = (
    KEY_ID,
    ISSUER_ID,
    KEY_FILEPATH,
    KEY,
    f"{_OWN}_DURATION",
    f"{_OWN}_IN_HOUSE",
    JSON_TEXT,
    JSON_PATH,
    f"{_SPACESHIP}_KEY_ID",
    f"{_SPACESHIP}_ISSUER_ID",
    f"{_SPACESHIP}_KEY_FILEPATH",
    f"{_SPACESHIP}_KEY",
    f"{_SPACESHIP}_TOKEN_DURATION",
    f"{_SPACESHIP}_IN_HOUSE",
    _FOLDERS,
    BASE_URL,
)
"""Every variable that is looked at (not …_IS_KEY_CONTENT_BASE64: the text shows what it is)."""

_LARGEST_FILE = 64 * 1024
_FALSE = {"", "no", "false", "off", "0"}  # as fastlane reads it (session-formats.md, 4.3)


def find_key(environment: Mapping[str, str], folder: Path) -> ApiKey | None:
    """The first key of: its own variables, JSON text, a JSON file, spaceship's variables. None without any.

    An empty variable counts as unset, since that is what CI gives for a secret that a job may not see. Raises
    CredentialError for one that is there but unfit, unless another form gives a whole one.
    """
    problems: list[CredentialError] = []
    for form in _Search(environment, folder).forms():
        try:
            key = form()
        except IncompleteKeyError as problem:
            problems.append(problem)
            continue
        if key is not None:
            return key
    if problems:
        raise problems[0]
    return None


def find_keys(environment: Mapping[str, str], folder: Path) -> list[ApiKey | CredentialError]:
    """Every form that is there, the first first: its key, or why it is unfit."""
    found: list[ApiKey | CredentialError] = []
    for form in _Search(environment, folder).forms():
        try:
            key = form()
        except CredentialError as problem:
            found.append(problem)
            continue
        if key is not None:
            found.append(key)
    return found


def find_key_files(environment: Mapping[str, str], folder: Path) -> list[Path]:
    """The files AuthKey_<key id>.p8 in the folders where altool looks for them."""
    folders = dict.fromkeys(_Search(environment, folder).folders())
    return [file for each in folders for file in sorted(each.glob("AuthKey_*.p8"))]


class IncompleteKeyError(CredentialError):
    """Some parts of a key are given, others are not."""

    code = "key_incomplete"


class _Search(Variables):
    """The places where a key may be, over one environment."""

    def forms(self) -> tuple[Callable[[], ApiKey | None], ...]:
        """What looks for each of the forms, in their order."""
        return (
            lambda: self.variables(_OWN, "DURATION"),
            self.json_text,
            self.json_file,
            lambda: self.variables(_SPACESHIP, "TOKEN_DURATION"),
        )

    def _shown(self, file: Path) -> str:
        """A file as plans and messages show it: relative where it is below the Lanefile's folder."""
        return str(file.relative_to(self._folder) if file.is_relative_to(self._folder) else file)

    def variables(self, prefix: str, duration: str) -> ApiKey | None:
        """The key in the variables `<prefix>_KEY_ID` and so on."""
        key_id = self.get(f"{prefix}_KEY_ID")
        given = [name for name in (f"{prefix}_KEY_FILEPATH", f"{prefix}_KEY") if self.get(name)]
        if key_id is None:
            if given:
                raise IncompleteKeyError(
                    f"{given[0]} is set, but {prefix}_KEY_ID is not.",
                    hint="The key id is in the name of the file that Apple gave: AuthKey_<key id>.p8.",
                )
            return None
        check_key_id(key_id, f"{prefix}_KEY_ID")
        text, source = self._material(prefix, key_id)
        return self._key(
            key_id=key_id,
            issuer_id=self.get(f"{prefix}_ISSUER_ID"),
            text=text,
            source=source,
            duration=parse_duration(self.get(f"{prefix}_{duration}"), f"{prefix}_{duration}"),
            in_house=(self.get(f"{prefix}_IN_HOUSE") or "").lower() not in _FALSE,
        )

    def _material(self, prefix: str, key_id: str) -> tuple[str, str]:
        """The text of the private key, and where it was found."""
        variable = f"{prefix}_KEY_FILEPATH"
        if file := self.path(variable):
            text = _read(file, variable)
            if text.lstrip().startswith("{"):
                raise CredentialError(
                    f"{variable} names the JSON file {file}; it wants the .p8 file.",
                    hint=f"Put the JSON file's path into {JSON_PATH}.",
                )
            return text, f"{variable} ({self._shown(file)})"
        variable = f"{prefix}_KEY"
        if given := self.get(variable):
            if looks_like_path(given):
                raise CredentialError(
                    f"{variable} holds a path; it wants the text of the key.",
                    hint=f"Put the path into {variable}_FILEPATH.",
                )
            return given, variable
        return self._file_of(key_id, prefix)

    def folders(self) -> list[Path]:
        """Where altool looks for AuthKey_<key id>.p8 (session-formats.md, 4.3)."""
        below_home = ("private_keys", ".private_keys", ".appstoreconnect/private_keys")
        folders = [self._folder / "private_keys", *(self.home / name for name in below_home)]
        if extra := self.path(_FOLDERS):
            folders.insert(0, extra)
        return folders

    def _file_of(self, key_id: str, prefix: str) -> tuple[str, str]:
        folders = self.folders()
        name = f"AuthKey_{key_id}.p8"
        for folder in folders:
            if (folder / name).is_file():
                return _read(folder / name, f"{prefix}_KEY_ID"), self._shown(folder / name)
        raise IncompleteKeyError(
            f"{prefix}_KEY_ID is set, but the key is not: {prefix}_KEY_FILEPATH and {prefix}_KEY are unset"
            f" or empty, and there is no {name} in {', '.join(map(str, folders))}.",
            hint="In CI: may this job see the secret? Pull requests from forks may not.",
        )

    def json_text(self) -> ApiKey | None:
        """The key as JSON in APP_STORE_CONNECT_API_KEY."""
        text = self.get(JSON_TEXT)
        if text is None:
            return None
        if not text.startswith("{"):
            raise misplaced(text)
        Secret(text)  # from now on the redactor knows the text as it stands in the environment
        return self._json(text, JSON_TEXT)

    def json_file(self) -> ApiKey | None:
        """The key in the JSON file that APP_STORE_CONNECT_API_KEY_PATH names."""
        given, file = self.get(JSON_PATH), self.path(JSON_PATH)
        if given is None or file is None:
            return None
        if given.startswith("{") or is_pem(given):
            raise CredentialError(
                f"{JSON_PATH} holds a key; it wants the path of a JSON file.",
                hint=f"Put JSON text into {JSON_TEXT}, or PEM text into {KEY}.",
            )
        text = _read(file, JSON_PATH)
        if is_pem(text):
            raise CredentialError(
                f"{JSON_PATH} names {file}, which is a .p8 file; it wants fastlane's JSON file.",
                hint=f"Put the path into {KEY_FILEPATH}, and the key's ids into {KEY_ID} and {ISSUER_ID}.",
            )
        return self._json(text, f"{JSON_PATH} ({self._shown(file)})")

    def _json(self, text: str, source: str) -> ApiKey:
        fields = parse_json(text, source)
        return self._key(
            key_id=fields.key_id,
            issuer_id=fields.issuer_id,
            text=fields.key,
            source=source,
            duration=fields.duration,
            in_house=fields.in_house,
        )

    def _key(
        self,
        *,
        key_id: str,
        issuer_id: str | None,
        text: str,
        source: str,
        duration: int | None,
        in_house: bool,
    ) -> ApiKey:
        Secret(text)  # as it was given; the key itself keeps it with its line ends mended
        return ApiKey(
            key_id,
            issuer_id,
            text,
            source=source,
            base_url=self._base_url(),
            duration=USUAL_TOKEN if duration is None else duration,
            in_house=in_house,
        )

    def _base_url(self) -> str | None:
        url = self.get(BASE_URL)
        if url is not None and not re.match(r"https?://[^/\s]+", url):
            raise CredentialError(
                f"{BASE_URL} is not an address.", hint="It looks like https://api.appstoreconnect.apple.com."
            )
        return url


def _read(file: Path, variable: str) -> str:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise CredentialError(f"{variable} names {file}, which is too large for a key.")
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CredentialError(
            f"{variable} names {file}, which does not exist.", hint="Check the path."
        ) from None
    except UnicodeDecodeError:
        raise CredentialError(f"{variable} names {file}, which is not a text file.") from None
    except OSError as error:
        raise CredentialError(f"{variable} names {file}, which cannot be read: {error.strerror}.") from None
