"""Split a shell script into its commands and their words, as far as that can be done without a shell."""

from __future__ import annotations

import shlex

_SEPARATORS = set(";&|()\n")
_KEYWORDS = {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done"}
_LONGEST = 20_000


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
