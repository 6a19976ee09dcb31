"""A plain client of Apple's web doors, for a person whose session is made directly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from lane_sandbox._signin.accounts import ACCOUNTS, Account, Membership
from lane_sandbox._signin.sessions import COOKIE, begin, end

if TYPE_CHECKING:
    from lane_sandbox import Sandbox
    from lane_sandbox._signin.sessions import Face

TEAM, OTHER_TEAM = "ABCDE12345", "ZYXWV98765"
PORTAL = "/services-account/QH65B2/account"


@dataclass
class Person:
    """A signed-in Apple ID; sends what a browser would."""

    sandbox: Sandbox
    cookie: str
    csrf: dict[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request, with the session's cookie; what the portal says of forgery is kept."""
        url = path if path.startswith("http") else self.sandbox.url + path
        headers = {"Cookie": f"{COOKIE}={self.cookie}", **self.csrf, **options.pop("headers", {})}
        response = self.session.request(method, url, headers=headers, timeout=30, **options)
        for name in ("csrf", "csrf_ts"):
            if name in response.headers:
                self.csrf[name] = response.headers[name]
        return response

    def iris(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request of App Store Connect's own door."""
        headers = {"x-csrf-itc": "[asc-ui]", **options.pop("headers", {})}
        return self.send(method, f"/iris/v1/{path}", headers=headers, **options)

    def portal(self, path: str, **fields: Any) -> dict[str, Any]:
        """The answer of a call of the developer portal; fields of None are sent as bare names."""
        form = {"teamId": TEAM, **fields}
        pairs = [(name, each) for name, value in form.items() for each in _many(value)]
        body = "&".join(_pair(name, value) for name, value in pairs)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = self.send("POST", f"{PORTAL}/{path}", data=body.encode(), headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, path: str, **fields: Any) -> dict[str, Any]:
        """The same, for what must succeed."""
        answer = self.portal(path, **fields)
        assert answer["resultCode"] == 0, answer
        return answer

    def die(self, face: Face) -> None:
        """End the session at one face."""
        team = self.sandbox._team
        with team.store.writing():
            end(team, self.cookie, face)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _pair(name: str, value: str | None) -> str:
    from urllib.parse import quote_plus

    return quote_plus(name) if value is None else f"{quote_plus(name)}={quote_plus(str(value))}"


def sign_in(
    sandbox: Sandbox,
    email: str = "web@example.com",
    *roles: str,
    teams: tuple[str, ...] = (TEAM,),
) -> Person:
    """A session of an account that is made for it."""
    members = tuple(Membership(each, f"Team {each}") for each in teams)
    account = Account(email, "secret", "Wanda Example", members, roles or ("ADMIN",))
    team = sandbox._team
    with team.store.writing():
        known = team.store.fact(ACCOUNTS, {})
        team.store.put_fact(ACCOUNTS, {**known, account.key: account.as_document()})
        return Person(sandbox, begin(team, account))
