"""The dotenv files beside a Fastfile: values that steer, and names that carry secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._walk.program import Problem, Program

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (".env", ".env.default")
# Variables whose value is a secret of Apple's sign-in.
SECRETS = {
    "FASTLANE_PASSWORD",
    "DELIVER_PASSWORD",
    "FASTLANE_SESSION",
    "SPACESHIP_SESSION",
    "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD",
    "APP_STORE_CONNECT_API_KEY",
    "APP_STORE_CONNECT_API_KEY_KEY",
    "SPACESHIP_CONNECT_API_KEY",
    "MATCH_PASSWORD",
}


def read_environment(program: Program, folders: list[Path]) -> None:
    """Read the dotenv files that fastlane loads by itself; the value of a secret is not kept."""
    from dotenv import dotenv_values

    for folder in reversed(folders):
        for name in NAMES:
            path = folder / name
            if not path.is_file():
                continue
            try:
                found = dotenv_values(path, interpolate=False)
            except (OSError, UnicodeDecodeError):
                continue
            for variable, value in found.items():
                if variable in SECRETS:
                    if value and not value.startswith("$"):
                        program.secrets_in_env.append(Problem(path.as_posix(), 1, variable))
                elif value is not None:
                    program.dotenv[variable] = value
