"""The entry point of the command `lane`: the quickest answers first, then the command line proper."""

from __future__ import annotations

import io
import os
import sys
from errno import EDQUOT, EIO, ENOSPC

_NOT_WRITTEN = (ENOSPC, EDQUOT, EIO)


def main() -> int:
    """Run the command line and return its exit code."""
    _mend_streams()
    code = _flushed(_ended(sys.argv[1:]))
    _leave(code)
    return code


def _ended(arguments: list[str]) -> int:
    """The exit code, however the command ends."""
    stdout = sys.stdout
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 130
    except BrokenPipeError:
        code = 0
    except SystemExit as ended:
        # Where nobody reads on, rich ends the program with 1, and click does so after it has put away stdout.
        if sys.stdout is stdout and not isinstance(ended.__context__, BrokenPipeError):
            raise
        sys.stdout = stdout
        code = 0
    except OSError as error:
        if error.filename is not None or error.errno not in _NOT_WRITTEN:
            raise
        sys.stderr.write(f"error: {error.strerror}.\n  → Free some space, or write elsewhere.\n")
        code = 1
    _forget_stdout()
    return code


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from ._version import __version__

        sys.stdout.write(f"lane {__version__}\n")
        return 0
    from ._errors import LaneError

    try:
        # `list` is answered before click is imported: it is what people and completions call most.
        if arguments[:1] == ["list"] and all(one in {"list", "--json"} for one in arguments):
            from ._cli.list_lanes import print_lanes

            print_lanes(None, as_json="--json" in arguments)
            return 0
        from ._cli.commands import cli

        return cli(arguments)
    except LaneError as error:
        from ._cli.complain import complain

        return complain(error)


def _mend_streams() -> None:
    """Replace streams that are closed, or the next file would get their numbers; let no character end the program."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
        elif number and isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _flushed(code: int) -> int:
    """The exit code, once all is written: who reads a part of it only has to be able to tell."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        sys.stderr.write(f"error: what was printed cannot be written: {error.strerror}.\n")
        return code or 1
    return code


def _leave(code: int) -> None:
    """End the process here and now, where a step was given up: its threads would keep it for ever, or crash it."""
    watch = sys.modules.get("lane._run.watch")
    if watch is not None and watch.given_up:
        sys.stderr.flush()
        os._exit(code)


def _forget_stdout() -> None:
    """Keep the interpreter from complaining at exit that nobody reads what it prints."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
