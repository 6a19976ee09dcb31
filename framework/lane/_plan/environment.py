"""Variables from the process, the sandbox and `.env` files, each with its origin."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from lane._errors import UsageError


class Environment(Mapping[str, str]):
    """What can be read by a variable's name.

    The first layer that has a name wins; an empty value counts as unset. Names in `hidden` are unset,
    whatever the layers say.
    """

    def __init__(
        self, layers: list[tuple[str, Mapping[str, str]]], hidden: frozenset[str] = frozenset()
    ) -> None:
        self.layers = layers
        self.hidden = hidden

    def __getitem__(self, name: str) -> str:
        found = self.lookup(name)
        if found is None:
            raise KeyError(name)
        return found[0]

    def lookup(self, name: str) -> tuple[str, str] | None:
        """The value and the layer that gave it (`environment`, `.env`), or None."""
        if name in self.hidden:
            return None
        for origin, values in self.layers:
            value = values.get(name)
            if value:
                return value, origin
        return None

    def __iter__(self) -> Iterator[str]:
        names = {name for _, values in self.layers for name, value in values.items() if value}
        return iter(names - self.hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def overlaid(self, origin: str, values: Mapping[str, str]) -> Environment:
        """This environment with a layer on top; a name that is empty there is unset, whatever is below."""
        given = {name for name, value in values.items() if value}
        hidden = (self.hidden | values.keys()) - given
        return Environment([(origin, values), *self.layers], hidden)


def environment(folder: str, name: str | None = None) -> Environment:
    """The process's variables, then `.env.<name>`, then `.env`, both beside the Lanefile.

    Raises UsageError where `name` is given and its file is missing.
    """
    layers: list[tuple[str, Mapping[str, str]]] = [("environment", os.environ)]
    if name is not None:
        layers.append((f".env.{name}", _dotenv(os.path.join(folder, f".env.{name}"), required=True)))  # noqa: PTH118
    plain = _dotenv(os.path.join(folder, ".env"), required=False)  # noqa: PTH118
    if plain:
        layers.append((".env", plain))
    return Environment(layers)


def _dotenv(path: str, *, required: bool) -> Mapping[str, str]:
    if not os.path.isfile(path):  # noqa: PTH113 - pathlib costs 10 ms at start
        if required:
            raise UsageError(f"There is no {path}.", hint="--env NAME reads .env.NAME beside the Lanefile.")
        return {}
    from dotenv import dotenv_values

    try:
        return {name: value or "" for name, value in dotenv_values(path).items()}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}.", hint="It has to be a UTF-8 text of NAME=value lines."
        ) from None
