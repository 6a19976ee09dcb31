"""Asks for the code in a web form behind a one-time address, which people are told."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from .form_page import FormPage
from .listener import Listener
from .question import SourceError
from .variables import FORM
from .waiting import Wait

if TYPE_CHECKING:
    import threading

    from .question import Answer, CodeQuestion, Invite


class Form:
    """Listens on `host` and `port` while it waits; every question has an address of its own, good for one answer.

    `url` is where a browser reaches it from outside, through a tunnel or a proxy that speaks TLS; without one the
    address is that of this machine. `invite` sends the address to people.
    """

    name = "form"

    def __init__(self, host: str, port: int, *, url: str | None, invite: Invite | None) -> None:
        self._host = host
        self._port = port
        self._url = url
        self._invite = invite

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> Answer | None:
        """What was entered. Raises SourceError where nobody can be told the address, or it cannot be listened on."""
        if self._invite is None:
            raise SourceError(
                "nobody can be told the address of the form.",
                hint="Set up a notifier, or enter the code in a terminal.",
                where=FORM,
            )
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        page = FormPage(question, answers.put)
        with Listener(page.application(), self._host, self._port, variable=FORM) as listener:
            base = self._url or _own_address(self._host, listener.port)
            page.serve_at(base)
            self._invite(question, f"answer here: {base}/{page.token}")
            return Wait.of(seconds, cancelled).take(answers)


def _own_address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
