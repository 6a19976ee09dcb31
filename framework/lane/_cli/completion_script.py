"""`lane completion SHELL`: the script that lets a shell complete `lane`, and the answers to it."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
)

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

# click's own scripts ask the program by a variable; these ask `lane completion`, which knows more.
_VARIABLE = "_LANE_COMPLETE"
# They are changed in two more things: `name=` gets no space after it, and zsh completes a file after `name=`.
_ZSH_OPEN = """\
    local -a open
    open=(${(M)completions:#*=})
    completions=(${completions:#*=})
    (( $#open )) && compadd -U -S '' -V unsorted -a open

    if [ -n "$completions" ]; then
"""
_CHANGES: dict[str, list[tuple[str, str]]] = {
    "bash": [
        (f"{_VARIABLE}=bash_complete $1", "$1 completion bash --answer"),
        ("    return 0\n", "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n\n    return 0\n"),
    ],
    "zsh": [
        (f"{_VARIABLE}=zsh_complete lane", "lane completion zsh --answer"),
        ("_path_files -f", "compset -P '*='; _path_files -f"),
        ('    if [ -n "$completions" ]; then\n', _ZSH_OPEN),
    ],
    "fish": [
        (f"{_VARIABLE}=fish_complete ", ""),
        ("(commandline -t) lane", "(commandline -t) lane completion fish --answer"),
    ],
}


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.option("--answer", is_flag=True, hidden=True)
@click.help_option("-h", "--help")
def completion(*, shell: str, answer: bool) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(lane completion bash)"              in ~/.bashrc
    zsh:   eval "$(lane completion zsh)"               in ~/.zshrc
    fish:  lane completion fish | source               in ~/.config/fish/config.fish
    """
    click.echo(_answer(shell) if answer else script(shell))


def script(shell: str) -> str:
    """The script, for `eval`."""
    from .commands import lane

    text = SHELLS[shell](lane, {}, "lane", _VARIABLE).source()
    for old, new in _CHANGES[shell]:
        text = text.replace(old, new)
    return text


def _answer(shell: str) -> str:
    """What stands at the cursor that the script tells of; what a Lanefile prints is no part of it."""
    from .commands import lane

    completer = SHELLS[shell](lane, {}, "lane", _VARIABLE)
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: PTH123
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        words, incomplete = completer.get_completion_args()
        items = _items(completer, words, incomplete)
    return "\n".join(completer.format_completion(item) for item in items)


def _items(completer: ShellComplete, words: list[str], incomplete: str) -> list[CompletionItem[Any]]:
    from .completion import own_items

    return [*own_items(words, incomplete), *completer.get_completions(words, incomplete)]
