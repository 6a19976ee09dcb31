"""GitHub and GitLab as an environment names them: address and token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lane import CredentialError, Secret, UsageError

from .api import Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GITHUB_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""What gives the token, the first first: in a job of GitHub's own, GITHUB_TOKEN may not write secrets."""
GITLAB_TOKENS = ("GITLAB_TOKEN",)
_GITHUB_RIGHTS = (
    "It is a fine-grained token for the repository with Secrets: write (for an environment also Environments: write),"
    " or a classic one with the scope repo. The token that GitHub gives to its own jobs cannot do it."
)
_GITLAB_RIGHTS = "It is a project access token, or a person's, with the scope api and the role Maintainer."
_GITHUB_ADDRESS = "GITHUB_SERVER_URL, GITHUB_API_URL"
_GITLAB_ADDRESS = "CI_SERVER_URL, CI_API_V4_URL"


def github(environment: Mapping[str, str]) -> tuple[Service, str]:
    """The service, and the host of its repositories. Raises CredentialError without a token.

    GITHUB_SERVER_URL and GITHUB_API_URL, as GitHub's own jobs have them, name another one than github.com.
    """
    server = _address(environment, "GITHUB_SERVER_URL") or "https://github.com"
    host = _host(server)
    in_cloud = host == "github.com" or host.endswith(".ghe.com")
    usual = f"https://api.{host}" if in_cloud else f"{server}/api/v3"
    name, token = _token(environment, GITHUB_TOKENS, "GitHub", _GITHUB_RIGHTS)
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    base = _address(environment, "GITHUB_API_URL") or usual
    service = Service(
        "GitHub", base, token, name, "Authorization", "Bearer ", _GITHUB_RIGHTS, _GITHUB_ADDRESS, headers
    )
    return service, host


def gitlab(environment: Mapping[str, str]) -> tuple[Service, str]:
    """The service, and the host of its projects. Raises CredentialError without a token.

    CI_SERVER_URL and CI_API_V4_URL, as GitLab's own jobs have them, name another one than gitlab.com.
    """
    server = _address(environment, "CI_SERVER_URL") or "https://gitlab.com"
    name, token = _token(environment, GITLAB_TOKENS, "GitLab", _GITLAB_RIGHTS)
    base = _address(environment, "CI_API_V4_URL") or f"{server}/api/v4"
    service = Service("GitLab", base, token, name, "PRIVATE-TOKEN", "", _GITLAB_RIGHTS, _GITLAB_ADDRESS)
    return service, _host(server)


def _token(
    environment: Mapping[str, str], names: Sequence[str], service: str, rights: str
) -> tuple[str, Secret]:
    for name in names:
        if token := environment.get(name, "").strip():
            return name, Secret(token)
    raise CredentialError(
        f"{service} needs a token: {' and '.join(names)} {'are' if len(names) > 1 else 'is'} not set.",
        hint=f"Set {names[0]}. {rights}",
        code="push_token",
    )


def _address(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name, "").strip().rstrip("/")
    if text and not urlsplit(text).netloc:
        raise UsageError(f"{name} is not an address.", hint="It looks like https://git.example.com.")
    return text or None


def _host(server: str) -> str:
    return urlsplit(server).hostname or ""
