"""The entry point of the command `lane`: the quickest answers first, then the command line proper."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from ._version import __version__

        sys.stdout.write(f"lane {__version__}\n")
        return 0
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = 130
    except BrokenPipeError:
        _forget_stdout()
        code = 0
    finally:
        _flush()
    _leave(code)
    return code


def _run(arguments: list[str]) -> int:
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


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        sys.stderr.write(f"lane: what was printed cannot be written: {error.strerror}.\n")


def _leave(code: int) -> None:
    """End the process here and now, where a step was given up: its threads would keep it for ever, or crash it."""
    watch = sys.modules.get("lane._run.watch")
    if watch is not None and watch.given_up:
        import os

        sys.stderr.flush()
        os._exit(code)


def _forget_stdout() -> None:
    """Keep the interpreter from complaining at exit that nobody reads what it prints."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
