"""Variables of a GitLab project: masked in logs, and only for protected branches and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lane import ActionError, UsageError

if TYPE_CHECKING:
    from .api import Api
    from .push import State
    from .variable import Variable

_SET = {"masked": True, "protected": True, "raw": True, "variable_type": "env_var"}
"""How a variable is kept. `raw`: GitLab replaces no `$`, and masks whatever has no blank (its `Ci::Maskable`)."""


class GitLab:
    """The variables of one project for one environment scope.

    GitLab tells those who may set a variable what is in it, unless it is hidden: then it is sent each time.
    """

    unbroken = True
    largest: int | None = 10_000

    def __init__(self, api: Api, project: str, environment: str | None) -> None:
        self._api = api
        self._project = f"/projects/{quote(project, safe='')}"
        self._name = project
        self._scope = environment or "*"
        self.where = f"GitLab, {project}" + (f", environment {environment}" if environment else "")

    def state(self, variable: Variable) -> State:
        """What is there under its name, in this scope."""
        response = self._api.call("GET", self._path(variable), query=self._filter)
        if response.status_code == 404:
            self._check_project()
            return "new"
        there = self._api.read(response)
        wanted = {**_SET, "value": variable.value.reveal()}
        same = all(there.get(name) == value for name, value in wanted.items())
        return "same" if same else "changed"

    def put(self, variable: Variable, state: State) -> None:
        """Make or change the variable."""
        body: dict[str, Any] = {**_SET, "value": variable.value.reveal()}
        if state == "new" and self._made(variable, body):
            return
        response = self._api.call("PUT", self._path(variable), query=self._filter, body=body)
        if response.status_code == 404:
            raise self._absent()

    def _made(self, variable: Variable, body: dict[str, Any]) -> bool:
        """Make it; False where another was quicker, or an earlier try whose answer was lost."""
        path = f"{self._project}/variables"
        named = {"key": variable.name, "environment_scope": self._scope, **body}
        try:
            response = self._api.call("POST", path, body=named)
        except ActionError as error:
            if "taken" in error.message:
                return False
            raise
        if response.status_code == 404:
            raise self._absent()
        return True

    @property
    def _filter(self) -> dict[str, str]:
        return {"filter[environment_scope]": self._scope}

    def _path(self, variable: Variable) -> str:
        return f"{self._project}/variables/{variable.name}"

    def _check_project(self) -> None:
        if self._api.call("GET", self._project).status_code == 404:
            raise self._absent()

    def _absent(self) -> UsageError:
        return UsageError(
            f"GitLab shows no project {self._name} to this token.",
            hint=f"Check --repo. {self._api.service.rights}",
            code="push_unknown",
        )
