"""No file makes the audit fail or wander: mutations of the corpus, and what is nested, long or endless."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lane_fastfile._build import audit_file
from lane_fastfile._lanes import enter_all
from lane_fastfile._load.setup import load_setup
from lane_fastfile._walk.values import Table
from lane_fastfile._walk.walker import room_to_walk

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "fastfiles"
OWN = (
    b"platform :ios do\n  lane :a do |options|\n    %w[x y].each { |t| match(type: t, readonly: options[:r]) }\n"
    b"    sh \"fastlane pem #{options[:x]}\" if ENV['A']\n  end\nend\ndef h(a, b = 1, *c, d:, e: 2, **f)\n  <<~T\n"
    b"    #{a}\n  T\nend\nafter_all { |lane| pem if lane == :a }\n"
)
PIECES = (
    *(
        b"end\n",
        b"do |",
        b"(",
        b")",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b"#{",
        b"<<~A\n",
        b"lane :x do\n",
        b"::",
    ),
    *(
        b"\\",
        b"%w[",
        b"\x00",
        b"\xff",
        b"&.",
        b"**",
        b"|",
        b"if ",
        b"case x\n",
        b"->",
        b"__END__\n",
        b"=begin\n",
    ),
    *(b"def x(", b"rescue\n", b"\r\n"),
)


@cache
def _sources() -> list[bytes]:
    found = [path.read_bytes() for path in sorted(CORPUS.rglob("*.rb"))] if CORPUS.is_dir() else []
    return [OWN, *(data for data in found if 0 < len(data) < 8_000)]


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(_sources()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["drop", "insert", "repeat", "swap"])):
            case "drop":
                data = data[:at] + data[to:]
            case "insert":
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
            case "repeat":
                data = data[:to] + data[at:to] * 3 + data[to:]
            case _:
                data = data[to:] + data[:to]
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=_mutated())
@example(data=b"")
@example(data=b"\xef\xbb\xbflane(:a) { pem }")
@example(data=b"lane\nlane()\nlane 1 do end\nplatform do end\nimport\nimport 3\nsend\nsh\nother_action.\n")
@example(data=b"a, (b, *c), @d, E, f.g, h[1] = *x\nlane :a do |(x, y), *z, k: 1, **o, &b| end")
def test_a_mutated_file_is_audited_all_the_same(folder: Path, data: bytes) -> None:
    path = folder / "Fastfile"
    path.write_bytes(data)
    shown = audit_file(path).to_json()
    assert {"file", "lanes", "legacy", "verdict"} <= set(shown)
    for lane in shown["lanes"]:
        assert lane["auth"] in {"none", "app_specific_password", "api_key", "apple_id", "unknown"}
        assert 1 <= lane["line"] <= data.count(b"\n") + 1


NESTED = {
    "brackets": "[" * 5_000 + "]" * 5_000,
    "parentheses": "(" * 5_000,
    "conditions": "if a\n" * 2_000 + "end\n" * 2_000,
    "interpolations": '"#{' * 2_000,
    "hashes": "{ a: " * 2_000,
    "calls": "lane(:a) { x" + ".y" * 5_000 + " }",
    "sums": "lane(:a) { x = " + " + ".join(["'a'"] * 5_000) + " }",
    "branches": "lane :a do\nif a\n" + "elsif b\n pem\n" * 2_000 + "end\nend",
    "heredocs": "x = <<A\n" * 300,
    "noise": "\x00\x01\x7f" * 2_000,
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_what_is_nested_deeply_or_repeated_is_read_as_far_as_it_goes(folder: Path, text: str) -> None:
    path = folder / "Fastfile"
    path.write_text(text)
    assert audit_file(path).verdict.summary


LOOPS = "".join(f"[1, 2, 3, 4, 5, 6, 7, 8, 9].each do |x{i}|\n" for i in range(12))
DOUBLING = "".join(f"def h{i}(a, b)\n  h{i + 1}(a, '{i}')\n  h{i + 1}(b, a)\nend\n" for i in range(300))
LANES = "".join(f"%w[a b c d e f g h].each do |x{i}|\n" for i in range(5))
ENDLESS = {
    "loops in loops": f"lane :a do\n{LOOPS}pem\n" + "end\n" * 13,
    "calls that double": f"{DOUBLING}def h300(a, b)\n  pem\nend\nlane(:a) {{ h0(1, 2) }}",
    "arguments that grow": "def h(a)\n  h(a + 'x')\n  h(\"#{a}y\")\nend\nlane(:a) { h('') }",
    "lanes of loops": LANES + 'lane "#{x0}#{x1}#{x2}#{x3}#{x4}" do\n gym\nend\n' + "end\n" * 5,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_walk_spends_no_more_than_its_budget(folder: Path, text: str) -> None:
    path = folder / "Fastfile"
    path.write_text(text)
    with room_to_walk():
        walker = load_setup(path)
        lanes = enter_all(walker, Table(open=True))
    assert len(lanes) <= 10_000
    assert walker.budget.spent <= 3 * walker.budget.at_all


def test_what_doubles_is_still_followed_to_its_end(folder: Path) -> None:
    path = folder / "Fastfile"
    path.write_text(ENDLESS["calls that double"])
    assert [lane.auth for lane in audit_file(path).lanes] == ["apple_id"]
