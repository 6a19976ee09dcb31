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

NEW_ID = "com.example.new"
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


def new_app(*platforms: str, **attributes: Any) -> dict[str, Any]:
    """The body with which clients ask for an app (private-endpoints.md, 4.2)."""
    name = attributes.pop("name", "Meridian")
    given = {"sku": "NEW-1", "primaryLocale": "en-US", "bundleId": NEW_ID, **attributes}
    values = {key: value for key, value in given.items() if value is not None}
    locale = values.get("primaryLocale", "en-US")
    chosen = platforms or ("IOS",)
    info, texts = "${new-appInfo-id}", "${new-appInfoLocalization-id}"
    included: list[dict[str, Any]] = [
        {"type": "appInfos", "id": info, "relationships": links(appInfoLocalizations=[texts])},
        {"type": "appInfoLocalizations", "id": texts, "attributes": {"locale": locale, "name": name}},
    ]
    for platform in chosen:
        version, text = f"${{store-version-{platform}}}", f"${{new-{platform}VersionLocalization-id}}"
        included += [
            {
                "type": "appStoreVersions",
                "id": version,
                "attributes": {"platform": platform, "versionString": "1.0"},
                "relationships": links(appStoreVersionLocalizations=[text]),
            },
            {"type": "appStoreVersionLocalizations", "id": text, "attributes": {"locale": locale}},
        ]
    versions = [f"${{store-version-{platform}}}" for platform in chosen]
    relationships = links(appStoreVersions=versions, appInfos=[info])
    data = {"type": "apps", "attributes": values, "relationships": relationships}
    return {"data": data, "included": included}


def links(**targets: list[str]) -> dict[str, Any]:
    """To-many relationships."""
    return {name: {"data": [{"type": name, "id": each} for each in found]} for name, found in targets.items()}


def request_of(key: Any) -> str:
    """A certificate signing request with the subject that pem gives it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PEM")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
