"""Which sources of codes an environment configures, and in which order they are tried."""

from __future__ import annotations

import difflib
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lane import Secret, UsageError

from . import variables
from .addresses import host_and_port, listens_everywhere, public_url
from .asker import CodeAsker
from .question import SourceError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from .inbox_door import TwilioHook
    from .question import CodeQuestion, CodeSource

_DEFAULT_SECONDS = 300.0
_SHORTEST_SECRET = 16  # characters


def code_asker(
    environment: Mapping[str, str],
    *,
    terminal: bool,
    notify: Callable[[str], None] | None = None,
    cancelled: threading.Event | None = None,
) -> CodeAsker:
    """What asks for a code where an environment says, in the order of LANE_CODE_SOURCES.

    Without that variable: the sources that are configured, then a prompt where there is a `terminal`. `notify`
    sends a text to people. Raises UsageError that names the variable which is wrong.
    """
    setup = _Setup(environment, terminal, notify)
    sources = [_source(name, setup) for name in _names(setup)]
    return CodeAsker(sources, seconds=_seconds(setup), cancelled=cancelled)


@dataclass(frozen=True)
class _Setup:
    """What sources are made of."""

    environment: Mapping[str, str]
    terminal: bool
    notify: Callable[[str], None] | None

    def __getitem__(self, variable: str) -> str:
        """A variable's value, "" where it is not set."""
        return self.environment.get(variable, "").strip()

    def needed(self, variable: str, by: str) -> str:
        """A variable's value. Raises UsageError where it is not set."""
        if not self[variable]:
            raise UsageError(
                f"The source of codes {by} needs {variable}, which is not set.",
                hint=f"Set it, or take {by} out of {variables.SOURCES}.",
            )
        return self[variable]

    def invite(self, question: CodeQuestion, how: str) -> None:
        """Tell people. Raises SourceError where that fails: its text may hold tokens, and is not shown."""
        assert self.notify is not None
        try:
            self.notify(f"lane needs a code for {question.masked}: {how}")
        except Exception as error:  # noqa: BLE001  # a notifier of anybody's
            raise SourceError(f"people could not be told: {type(error).__name__}.") from None

    def mention(self, question: CodeQuestion, how: str) -> None:
        """Tell people if that can be done; a program may answer as well."""
        try:
            self.invite(question, how)
        except SourceError:
            return


def _names(setup: _Setup) -> list[str]:
    given = setup[variables.SOURCES].replace(",", " ").split()
    if given:
        return list(dict.fromkeys(given))
    configured = [name for name, (variable, _) in _OURS.items() if variable and setup[variable]]
    return [*configured, "prompt"] if setup.terminal else configured


def _source(name: str, setup: _Setup) -> CodeSource:
    if name in _OURS:
        return _OURS[name][1](setup)
    from .custom import GROUP, registered

    try:
        custom = registered(name)
    except SourceError as error:
        raise UsageError(f"{variables.SOURCES}: {error.message}") from error
    if custom is None:
        near = difflib.get_close_matches(name, _OURS, 1)
        raise UsageError(
            f"{variables.SOURCES} names {name!r}, which is no source of codes.",
            hint=(f"Did you mean {near[0]}? " if near else "")
            + f"There are {', '.join(_OURS)}, and those that a package registers under {GROUP}.",
        )
    return custom


def _seconds(setup: _Setup) -> float:
    text = setup[variables.SECONDS]
    if not text:
        return _DEFAULT_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise UsageError(f"{variables.SECONDS} is no number of seconds up to 86400 (a day).")
    return seconds


def _prompt(setup: _Setup) -> CodeSource:
    from .prompt import Prompt

    return Prompt(allowed=setup.terminal)


def _command(setup: _Setup) -> CodeSource:
    from .command import Command

    try:
        words = shlex.split(setup.needed(variables.COMMAND, "command"))
    except ValueError as error:
        raise UsageError(f"{variables.COMMAND} cannot be parted into words: {error}.") from None
    if not words or not words[0]:
        raise UsageError(f"{variables.COMMAND} has no words.")
    return Command(words, {**os.environ, **setup.environment})


def _file(setup: _Setup) -> CodeSource:
    from .file import File

    path = Path(setup.needed(variables.FILE, "file")).expanduser()
    return File(path, invite=setup.mention if setup.notify else None)


def _form(setup: _Setup) -> CodeSource:
    from .form import Form

    host, port = host_and_port(setup.needed(variables.FORM, "form"), variables.FORM)
    url = setup[variables.FORM_URL]
    if not url and listens_everywhere(host):
        raise UsageError(
            f"{variables.FORM} listens on all addresses, and which one people reach is not known.",
            hint=f"Set {variables.FORM_URL} to the address that they see.",
        )
    public = public_url(url, variables.FORM_URL) if url else None
    return Form(host, port, url=public, invite=setup.invite if setup.notify else None)


def _inbox(setup: _Setup) -> CodeSource:
    from .inbox import Inbox
    from .inbox_door import Keys

    host, port = host_and_port(setup.needed(variables.INBOX, "inbox"), variables.INBOX)
    secret = setup[variables.INBOX_SECRET]
    if secret and len(secret) < _SHORTEST_SECRET:
        raise UsageError(
            f"{variables.INBOX_SECRET} has less than {_SHORTEST_SECRET} characters, and could be guessed.",
            hint="Make one: openssl rand -hex 32",
        )
    hook = _hook(setup) if setup[variables.INBOX_URL] or not secret else None
    return Inbox(host, port, Keys(Secret(secret) if secret else None, hook))


def _hook(setup: _Setup) -> TwilioHook:
    """What Twilio's webhook needs. Raises UsageError where neither it nor a secret is there."""
    from .inbox_door import TwilioHook
    from .twilio import URL

    names = (variables.INBOX_URL, variables.TWILIO_ACCOUNT_SID, variables.TWILIO_AUTH_TOKEN)
    missing = [name for name in names if not setup[name]]
    if len(missing) == len(names):
        raise UsageError(
            f"{variables.INBOX} is set, but nothing would prove who posts to it.",
            hint=f"Set {variables.INBOX_SECRET} for a phone's app; or, for Twilio, {', '.join(names)}.",
        )
    if missing:
        raise UsageError(f"The inbox needs {' and '.join(missing)} for Twilio's webhook.")
    url, account, token = (setup[name] for name in names)
    public_url(url, variables.INBOX_URL)  # checked, but kept as it is: Twilio signs what was given to it
    api = public_url(setup[variables.TWILIO_URL] or URL, variables.TWILIO_URL)
    return TwilioHook(account, Secret(token), url, api)


def _twilio(setup: _Setup) -> CodeSource:
    from .twilio import URL, Twilio

    names = (variables.TWILIO_ACCOUNT_SID, variables.TWILIO_AUTH_TOKEN, variables.TWILIO_NUMBER)
    account, token, number = (setup.needed(name, "twilio") for name in names)
    if not number.startswith("+") or not number[1:].isdecimal():
        raise UsageError(
            f"{variables.TWILIO_NUMBER} is no phone number.", hint="It looks like +4915112345678."
        )
    api = public_url(setup[variables.TWILIO_URL] or URL, variables.TWILIO_URL)
    return Twilio(account, Secret(token), number, url=api)


def _redis(setup: _Setup) -> CodeSource:
    from importlib.util import find_spec

    from .redis_list import RedisList, RedisPlace

    place = RedisPlace.of(setup.needed(variables.REDIS, "redis"))
    if find_spec("redis") is None:
        raise UsageError(f"{variables.REDIS} needs the package redis.", hint="pip install 'lane[redis]'")
    return RedisList(place, invite=setup.mention if setup.notify else None)


# By name: the variable that configures it, and what makes it; what asks no person comes first.
_OURS: dict[str, tuple[str | None, Callable[[_Setup], CodeSource]]] = {
    "command": (variables.COMMAND, _command),
    "file": (variables.FILE, _file),
    "redis": (variables.REDIS, _redis),
    "twilio": (variables.TWILIO_NUMBER, _twilio),
    "inbox": (variables.INBOX, _inbox),
    "form": (variables.FORM, _form),
    "prompt": (None, _prompt),
}
