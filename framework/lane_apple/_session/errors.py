"""What can be wrong with a session's text, its file, or the place where sessions are kept."""

from __future__ import annotations

from lane import CredentialError


class SessionTextError(CredentialError):
    """A session was given that cannot be read. `code` says how it is broken; its text is never shown.

    Codes: session_empty, session_too_large, session_cut, session_malformed, session_json, session_untagged,
    session_objects, session_without_login, session_newer, session_other_account.
    """

    code = "session_malformed"


class SessionFileError(CredentialError):
    """A file with a session cannot be read or written, or others than its owner could have."""

    code = "session_file"


class SessionStoreError(CredentialError):
    """The place where sessions are kept cannot be used."""

    code = "session_store"


class SessionKeyError(SessionStoreError):
    """There is no key to seal or to open the store's sessions with, or it is not the right one."""

    code = "session_key"


class AccountNeededError(CredentialError):
    """There are sessions of several Apple IDs, and nothing says which one is meant."""

    code = "account_needed"
