"""The plugins of a set-up, from its Pluginfile and Gemfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._ruby import nodes as n
from lane_fastfile._ruby.children import everything
from lane_fastfile._ruby.read import read_ruby

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Pluginfile", "Gemfile")


def read_plugins(folders: list[Path]) -> list[str]:
    """The gems named fastlane-plugin-…."""
    found: list[str] = []
    for path in (folder / name for folder in folders for name in NAMES):
        if not path.is_file():
            continue
        try:
            tree = read_ruby(path.read_bytes()).tree
        except OSError:
            continue
        for node in everything(tree):
            if (
                isinstance(node, n.Call)
                and node.name == "gem"
                and node.args
                and isinstance(node.args[0], n.Text)
            ):
                gem = str(node.args[0])
                if gem.startswith("fastlane-plugin-") and gem not in found:
                    found.append(gem)
    return found
