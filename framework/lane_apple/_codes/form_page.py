"""The page behind a one-time address: shows the form, takes one answer, refuses everything else."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from .digits import plain_code
from .form_html import CONTENT_SECURITY_POLICY, form, notice
from .guard import SECURE_HEADERS, Misses, body_of
from .question import Resend

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from .question import Answer, CodeQuestion

_MOST_BYTES = 4096
_MOST_POSTS = 10  # tries at one address, malformed ones counted
_MOST_STRAYS = 30  # requests a minute to other addresses, before they are answered shortly
_WAYS: dict[str, Resend] = {"sms": Resend("sms"), "voice": Resend("voice"), "again": Resend()}


class FormPage:
    """One question's page. The answer is given to `answered` once, on the server's thread."""

    def __init__(self, question: CodeQuestion, answered: Callable[[Answer], None]) -> None:
        self.token = secrets.token_urlsafe(32)
        self._proof = secrets.token_urlsafe(32)  # stands in the form: who posts has seen the page
        self._question = question
        self._answered = answered
        self._origin = ""
        self._posts = 0
        self._done = False
        self._strays = Misses(_MOST_STRAYS, 60.0)

    def serve_at(self, url: str) -> None:
        """Say at which address browsers see the page; posts from other origins are refused."""
        self._origin = origin_of(url)

    def application(self) -> Starlette:
        """The application; every path but the one that ends in the token is a stray."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(routes=[Route("/{path:path}", self._serve, methods=["GET", "POST"])])

    async def _serve(self, request: Request) -> Response:
        token = request.url.path.rpartition("/")[2]
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return _page(429 if self._strays.too_many() else 404, notice("There is nothing here."))
        if self._done:
            return _page(410, notice("This address has been used. A new question comes with a new one."))
        if request.method != "POST":
            return _page(200, form(self._question, self._proof))
        self._posts += 1
        if self._posts > _MOST_POSTS:
            return _page(429, notice("That were too many tries at this address."))
        if not self._is_from_here(request):
            return _page(403, notice("This came from another page. Open the address itself."))
        return await self._take(request)

    def _is_from_here(self, request: Request) -> bool:
        """Whether a browser says that the post comes from this very page. One that says nothing is refused."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        said = request.headers.get("Origin") or origin_of(request.headers.get("Referer", ""))
        return site == "same-origin" and bool(said) and said.lower() == self._origin

    async def _take(self, request: Request) -> Response:
        if request.headers.get("Content-Type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return _page(415, notice("Use the form."))
        body = await body_of(request, _MOST_BYTES)
        if body is None:
            return _page(413, notice("That is too long to be a code."))
        fields = _fields(body)
        if not hmac.compare_digest(_one(fields, "proof").encode(), self._proof.encode()):
            return _page(403, notice("This came from another page. Open the address itself."))
        answer = _WAYS.get(_one(fields, "way")) or plain_code(_one(fields, "code"), self._question.length)
        if answer is None:
            wrong = f"That is no code of {self._question.length} digits."
            return _page(422, form(self._question, self._proof, wrong))
        if self._done:  # another post was faster while this one's body was read
            return _page(410, notice("This address has been used."))
        self._done = True
        self._answered(answer)
        return _page(200, notice("Thank you. You can close this page."))


def origin_of(url: str) -> str:
    """An address's origin as browsers write it: lower case, without the scheme's own port; "" for no address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    own = {"http": 80, "https": 443}.get(parts.scheme)
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if port in {None, own} else f":{port}")


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(errors="replace"), max_num_fields=8)
    except ValueError:
        return {}


def _one(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _page(status: int, html: str) -> Response:
    from starlette.responses import HTMLResponse

    headers = {**SECURE_HEADERS, "Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return HTMLResponse(html, status, headers)
