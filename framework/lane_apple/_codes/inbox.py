"""An inbox that an SMS forwarder on a phone, or Twilio's webhook, posts messages to."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from .digits import code_in_message
from .inbox_door import Door
from .listener import Listener
from .variables import INBOX
from .waiting import Wait

if TYPE_CHECKING:
    import threading

    from .inbox_door import Arrival, Keys
    from .question import CodeQuestion

_CLOCKS_APART = 10.0  # seconds that a phone's clock may be behind ours


class Inbox:
    """Listens on `host` and `port` from `open` to `close`, so that no message is missed that comes quickly.

    Only a message counts that arrived after the question, and that its phone received after it.
    """

    name = "inbox"

    def __init__(self, host: str, port: int, keys: Keys) -> None:
        self._host = host
        self._port = port
        self._messages: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._door = Door(keys, self._messages.put)
        self._listener: Listener | None = None

    @property
    def port(self) -> int | None:
        """The port that it listens on; None while it is closed."""
        return None if self._listener is None else self._listener.port

    def open(self) -> None:
        """Begin to listen, if it does not. Raises SourceError where the address cannot be listened on."""
        if self._listener is None:
            self._listener = Listener(self._door.application(), self._host, self._port, variable=INBOX)

    def close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def code(self, question: CodeQuestion, *, seconds: float, cancelled: threading.Event) -> str | None:
        """The code of the first message that holds one."""
        self.open()
        wait = Wait.of(seconds, cancelled)
        while (message := wait.take(self._messages)) is not None:
            if message.arrived >= question.asked_at and message.at >= question.asked_at - _CLOCKS_APART:
                code = code_in_message(message.text, question.length)
                if code is not None:
                    return code
        return None
