"""Secrets of GitHub Actions, sealed for their repository or environment before they leave this machine."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from lane import ActionError, UsageError

if TYPE_CHECKING:
    from .api import Api
    from .memory import Memory
    from .push import State
    from .variable import Variable

_PAGE = {"per_page": "100"}


class GitHub:
    """A repository's secrets, or those of one of its environments.

    GitHub never tells a value. What was sent last is remembered here, with the time at which GitHub says that it was
    changed: a secret that somebody else has set since is sent again.
    """

    unbroken = False
    largest: int | None = 48 * 1024

    def __init__(self, api: Api, repo: str, environment: str | None, memory: Memory) -> None:
        self._api = api
        self._repo = f"/repos/{quote(repo)}"
        self._environment = environment
        self._memory = memory
        self._sealing: tuple[str, bytes] | None = None
        self._secrets = f"{self._repo}/actions/secrets"
        self.where = f"GitHub, {repo}"
        if environment is not None:
            self._secrets = f"{self._repo}/environments/{quote(environment, safe='')}/secrets"
            self.where += f", environment {environment}"
        self._place = f"{api.service.base}{self._secrets}"

    def state(self, variable: Variable) -> State:
        """What is there under its name."""
        self._public_key()  # that tells whether there is such a place
        stamp = self._stamp(variable.name)
        if stamp is None:
            return "new"
        return "same" if self._memory.same(self._place, variable, stamp) else "changed"

    def put(self, variable: Variable, state: State) -> None:
        """Seal the value for GitHub, and send it."""
        del state
        from nacl.public import PublicKey, SealedBox

        key_id, key = self._public_key()
        sealed = SealedBox(PublicKey(key)).encrypt(variable.value.reveal().encode())
        body = {"encrypted_value": base64.b64encode(sealed).decode(), "key_id": key_id}
        if self._api.call("PUT", f"{self._secrets}/{variable.name}", body=body).status_code == 404:
            raise self._absent()
        self._memory.remember(self._place, variable, self._stamp(variable.name))

    def _stamp(self, name: str) -> str | None:
        """When a secret was changed last, as GitHub writes it; None where there is none."""
        response = self._api.call("GET", f"{self._secrets}/{name}")
        return None if response.status_code == 404 else str(self._api.read(response).get("updated_at"))

    def _public_key(self) -> tuple[str, bytes]:
        if self._sealing is None:
            response = self._api.call("GET", f"{self._secrets}/public-key")
            if response.status_code == 404:
                raise self._absent()
            document = self._api.read(response)
            try:
                key = base64.b64decode(str(document["key"]), validate=True)
                self._sealing = str(document["key_id"]), key
            except (KeyError, ValueError):
                raise ActionError(
                    "GitHub gave no key to seal secrets with.",
                    where=f"GET {self._secrets}/public-key",
                    code="push_refused",
                ) from None
        return self._sealing

    def _absent(self) -> UsageError:
        """Why the place is not there: GitHub hides what a token may not see."""
        name = self._repo.removeprefix("/repos/")
        names = None if self._environment is None else self._environments()
        if names is None:
            return UsageError(
                f"GitHub shows no repository {name} to this token.",
                hint=f"Check --repo. {self._api.service.rights}",
                code="push_unknown",
            )
        return UsageError(
            f"The repository {name} has no environment {self._environment}.",
            hint=f"It has: {', '.join(names) or 'none'}. Environments are made in its settings.",
            code="push_unknown",
        )

    def _environments(self) -> list[str] | None:
        """The names of the repository's environments; None where it cannot be seen."""
        found: list[str] = []
        for response in self._api.pages(f"{self._repo}/environments", query=_PAGE):
            if response.status_code == 404:
                return None
            found += [str(each.get("name")) for each in self._api.read(response).get("environments", [])]
        return found
