"""Every public name is in one sorted list, is there, and says what it is for."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from pathlib import Path

import pytest

PACKAGES = ["lane", "lane.testing", "lane_actions", "lane_apple", "lane_fastfile", "lane_sandbox"]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_list_is_sorted_and_equals_what_is_there(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__all__ == sorted(set(package.__all__))
    assert _imported(Path(str(package.__file__))) == set(package.__all__)
    for word in package.__all__:
        assert getattr(package, word) is not None
    with pytest.raises(AttributeError):
        _ = package.no_such_name


def _imported(file: Path) -> set[str]:
    """The public names that a package's module imports from its own private modules, or gives itself."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level == 1 or (node.module or "").startswith("lane_"))
        for alias in node.names
    }
    return {word for word in found if not word.startswith("_") or word == "__version__"}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_says_what_it_is_for(name: str) -> None:
    package = importlib.import_module(name)
    for word in package.__all__:
        value = getattr(package, word)
        if (
            isinstance(value, str)
            or not word.strip("_")[0].isalpha()
            or type(value).__module__ == "lane._lanefile.trigger"
            or typing.get_origin(value) is not None
        ):
            continue  # __version__, now and nightly, and names for types that are made of others
        text = inspect.getdoc(value) or ""
        assert text.strip(), f"{name}.{word} has no docstring"
        first = text.splitlines()[0]
        assert first[0].isupper() or first[0] in "`@", f"{name}.{word}: {first}"
        assert len(first) <= 110, f"{name}.{word}: {first}"


@pytest.mark.parametrize("name", PACKAGES)
def test_public_classes_document_what_one_calls(name: str) -> None:
    package = importlib.import_module(name)
    for word in package.__all__:
        value = getattr(package, word)
        if not inspect.isclass(value):
            continue
        for member, function in vars(value).items():
            target = function.fget if isinstance(function, property) else function
            if not member.startswith("_") and inspect.isfunction(target):
                assert inspect.getdoc(target), f"{name}.{word}.{member} has no docstring"
