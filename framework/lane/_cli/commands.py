"""The command line: a table of commands that are imported when they are called."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from lane._errors import EXIT_USAGE, UsageError
from lane._version import __version__

# Each command's home and what it is for, so that `lane -h` imports none of them.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("lane._cli.run:run", "Run a lane."),
    "plan": ("lane._cli.plan:plan", "Show what a lane would do, where, and under which credentials."),
    "list": ("lane._cli.list_lanes:list_lanes", "List the lanes of this Lanefile."),
    "resume": ("lane._cli.run:resume", "Go on with a run where it stopped, or run what waits."),
    "pending": ("lane._cli.history:pending", "List the jobs that wait for a time or a person."),
    "drop": ("lane._cli.drop:drop", "Give up what a run has left."),
    "schedule": ("lane._cli.schedule:schedule", "List what is scheduled; run, pause or install it."),
    "scheduler": ("lane._cli.scheduler:scheduler", "Run lanes and pending jobs at their times."),
    "runs": ("lane._cli.history:runs", "List the runs."),
    "show": ("lane._cli.history:show", "Show what became of a run."),
    "actions": ("lane._cli.actions:actions", "List the actions that a lane can use."),
    "action": ("lane._cli.actions:action", "Describe an action: its options, auth modes and effect."),
    "init": ("lane._cli.init:init", "Lay out a project that runs on the sandbox at once."),
    "new": ("lane._cli.init:new", "Write a new action with its test."),
    "advise": (
        "lane_apple._advice.command:advise",
        "Say whether Apple's two-factor rule breaks your CI, and what to do.",
    ),
    "auth": (
        "lane_apple._auth_commands.command:auth",
        "Sign an Apple ID in; show, carry and end its sessions.",
    ),
    "audit": ("lane_fastfile._command:audit", "Say what an existing Fastfile needs an Apple ID for."),
    "doctor": ("lane._cli.doctor:doctor", "Check the machine, the credentials and the Lanefile."),
    "ci": ("lane._cli.ci:ci", "Export lanes to a CI system, and check the files."),
    "sandbox": ("lane_sandbox._command:sandbox", "Run the offline Apple."),
    "completion": ("lane._cli.completion_script:completion", "Print the completion script of a shell."),
}
ENTRY_POINTS = "lane.commands"

EPILOG = """\b
Exit codes: 0 done, 1 a step failed, 2 usage or plan, 3 credentials missing or refused,
4 a person is needed, 130 interrupted."""


class Commands(click.Group):
    """Looks a command up in the table, then among the entry points of installed packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return _imported(COMMANDS[cmd_name][0])
        from importlib.metadata import entry_points

        for point in entry_points(group=ENTRY_POINTS, name=cmd_name):
            command: click.Command = point.load()
            return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            close = get_close_matches(name, COMMANDS, 1)
            hint = f"Did you mean `lane {close[0]}`?" if close else "`lane -h` lists the commands."
            raise UsageError(f"There is no command {name!r}.", hint=hint, code="unknown_command")
        return name, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _imported(home: str) -> click.Command:
    module, _, attribute = home.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, message="lane %(version)s")
def lane() -> None:
    """Release workflows for apps that plan before they run."""


def cli(arguments: list[str]) -> int:
    """Run a command line; its exit code. A command raises LaneError, or exits by click."""
    try:
        result: Any = lane.main(arguments, prog_name="lane", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return EXIT_USAGE
    except click.ClickException as error:
        raise _usage_error(error) from None
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return 130
    return result if isinstance(result, int) else 0


def _usage_error(error: click.ClickException) -> UsageError:
    """What click says of a wrong command line, told as we tell all errors."""
    from .options import nearest_option

    context = getattr(error, "ctx", None)
    path = context.command_path if context else "lane"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        near = nearest_option(error.option_name, context.command.params) if context else None
        hint = f"`{path} -h` lists its options."
        hint = f"Did you mean {near}? {hint}" if near else hint
        return UsageError(f"There is no option {error.option_name}.", hint=hint, code="unknown_option")
    if context and isinstance(context.command, click.Group) and message.startswith("No such command"):
        name = message.partition("'")[2].partition("'")[0]
        close = get_close_matches(name, context.command.list_commands(context), 1)
        hint = f"Did you mean `{path} {close[0]}`?" if close else f"`{path} -h` lists the commands."
        return UsageError(f"There is no command '{path} {name}'.", hint=hint, code="unknown_command")
    return UsageError(message, hint=f"`{path} -h` says what it takes." if context else None)
