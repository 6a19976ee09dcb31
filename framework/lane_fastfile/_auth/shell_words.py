"""Split a shell script into its commands and their words, as far as that can be done without a shell."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

_SEPARATORS = set(";&|()\n")
_KEYWORDS = {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done"}
_LONGEST = 20_000
# Commands that run another one, with the words that stand between.
_PREFIXES = {
    *("arch", "asdf", "aws-vault", "bundle", "caffeinate", "command", "direnv", "doppler", "dotenv", "env"),
    *("exec", "mint", "mise", "nice", "nohup", "npx", "op", "rbenv", "run", "rvm", "sudo", "time"),
    *("timeout", "xcrun", "yarn"),
}
_SHELLS = {"sh", "bash", "zsh", "dash", "ksh"}
_DURATION = re.compile(r"\d+(\.\d+)?[smhd]?")


def commands_of(text: str) -> list[list[str]]:
    """The commands of a script, each as its words."""
    commands: list[list[str]] = []
    for line in text[:_LONGEST].replace("\\\n", " ").split("\n"):
        commands += _of_line(line)
    return [words for words in map(_without_keywords, commands) if words]


def _of_line(line: str) -> list[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) <= _SEPARATORS and word:
                commands.append([])
            elif word.startswith("#"):
                break
            else:
                commands[-1].append(word)
    except ValueError:  # a quote that is closed on another line
        return [line.split()]
    return commands


def _without_keywords(words: list[str]) -> list[str]:
    index = 0
    while index < len(words) and words[index] in _KEYWORDS:
        index += 1
    return words[index:]


def without_prefixes(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """A command without what only stands before it, and what that sets: `A=b sudo -u ci bundle exec fastlane`."""
    settings: dict[str, str] = {}
    index, prefixed = 0, False
    while index < len(words):
        word = words[index]
        name = word.rpartition("/")[2]
        setting = settings_of([word])
        if name in _PREFIXES:
            prefixed = True
        elif setting:
            settings |= setting
        elif prefixed and "--" in words[index:]:
            index = words.index("--", index)
        elif not prefixed or not (word.startswith("-") or _DURATION.fullmatch(word)):
            break
        elif word in ("-u", "-f", "-e", "-n", "-g") and index + 2 < len(words):
            index += 1
        index += 1
    return settings, words[index:]


def settings_of(words: list[str]) -> dict[str, str]:
    """The environment variables that words like `A=b` set."""
    pairs = (word.partition("=") for word in words if "=" in word and not word.startswith("-"))
    return {name: value for name, _, value in pairs if name.isidentifier()}


def script_within(words: list[str]) -> str | None:
    """The script of `bash -lc '…'` and of `eval …`."""
    name = words[0].rpartition("/")[2] if words else ""
    if name == "eval":
        return " ".join(words[1:])
    if name not in _SHELLS:
        return None
    for flag, following in pairwise(words):
        if flag.startswith("-") and not flag.startswith("--") and "c" in flag:
            return following
    return None
