"""YAML that is written for people is read by others as what was meant."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from lane._ci.writing.yaml_text import Noted, yaml_text

TEXTS = st.text() | st.sampled_from(
    ["on", "0 3 * * *", "*/5 * * * *", "3.10", "a\nb", "a\n b\n", "- a", "a: b", " #"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    class Texts(yaml.SafeLoader):
        """Reads keys as texts: `on` is one in what CI systems read."""

    Texts.yaml_implicit_resolvers = {
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    assert yaml.load(yaml_text(document, ["What it is"]), Texts) == document


def test_it_reads_well() -> None:
    document = {
        "name": "release",
        "on": {"push": {"tags": ["v*"]}},
        "permissions": {},
        "jobs": {
            "main": Noted(
                {"steps": [{"uses": Noted("actions/checkout@abc", "v6"), "if": "a && b"}]},
                "The first.\nReally.",
            ),
            "other": {"run": "one\ntwo\n", "cron": "0 3 * * *", "version": "3.12", "empty": ""},
        },
    }
    assert yaml_text(document, ["Written by lane.", "", "Do not edit."]) == (
        "# Written by lane.\n#\n# Do not edit.\n\nname: release\n\non:\n  push:\n    tags:\n      - v*\n\n"
        "permissions: {}\n\njobs:\n"
        "  # The first.\n  # Really.\n  main:\n    steps:\n"
        "      - uses: actions/checkout@abc  # v6\n        if: a && b\n\n"
        "  other:\n    run: |\n      one\n      two\n    cron: 0 3 * * *\n    version: '3.12'\n    empty: ''\n"
    )
