"""The HTML of the form: one field, made for a phone, no script, nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .question import CodeQuestion

_STYLE = """
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 0 auto; padding: 2rem 1rem; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .75rem; margin-top: .75rem; }
input { font-size: 1.75rem; letter-spacing: .3em; text-align: center; }
button { min-height: 3rem; }
[role=alert] { font-weight: bold; }
"""
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_WHERE = {
    "trusted_device": "Apple shows it on your devices.",
    "sms": "Apple sent it to {phone}.",
    "voice": "Apple calls {phone}.",
}
_BUTTONS = {"again": "Send another code", "sms": "Send it as a text message", "voice": "Call me"}


def form(question: CodeQuestion, proof: str, wrong: str = "") -> str:
    """The form, with what was wrong with the last try."""
    where = _WHERE[question.way].format(phone=question.phone or "your phone")
    again = "The last code was wrong. " if question.refused else ""
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    buttons = "".join(
        f'<button name="way" value="{way}" formnovalidate>{label}</button>'
        for way, label in _BUTTONS.items()
        if way == "again" or (way in question.ways and way != question.way)
    )
    return _document(
        f"""<h1>Code for {escape(question.masked)}</h1>
<p>{again}lane signs in to this Apple ID and needs a code of {question.length} digits. {escape(where)}</p>
<p>Enter it only if you or your team started this.</p>{alert}
<form method="post" autocomplete="off">
<input type="hidden" name="proof" value="{escape(proof)}">
<label for="code">Code</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
 pattern="[0-9 \\-]*" maxlength="{question.length + 1}" required autofocus>
<button>Give the code to lane</button>
{buttons}
</form>"""
    )


def notice(text: str) -> str:
    """A page that only says something."""
    return _document(f'<p role="status">{escape(text)}</p>')


def _document(body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lane</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
