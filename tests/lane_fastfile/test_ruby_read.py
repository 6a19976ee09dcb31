"""Ruby as it is read: texts, heredocs, lines, what is broken."""

from __future__ import annotations

from lane_fastfile._ruby import nodes as n
from lane_fastfile._ruby.read import read_ruby


def texts(source: str) -> list[str]:
    """The texts of a source."""
    return [str(node) for node in read_ruby(source.encode()).nodes if isinstance(node, n.Text)]


def test_heredocs_are_paired_with_their_bodies_and_dedented() -> None:
    source = (
        "puts(<<~A + <<-'B', 'c')\n    one #{x}\n      two\n  A\n  three #{y}\n  B\nputs <<~A\n  four\nA\n"
    )
    assert texts(source) == ["one #{…}\n  two\n", "  three #{y}\n", "c", "four\n"]


def test_strings_keep_their_text_and_their_gaps() -> None:
    assert texts('a = "x\\ty#{z}" \'w\' ; b = %q(v) ; c = :s ; d = :"t u" ; e = `ls`') == [
        *("x\ty#{…}w", "v", "s", "t u", "ls"),
    ]
    assert texts("%w[a b] + %i[c d]") == ["a", "b", "c", "d"]


def test_calls_have_lines_and_code_on_one_line() -> None:
    source = read_ruby(b"\n\nfoo(\n  1,\n  a: 2\n) { |x| x }\n")
    (call,) = [node for node in source.nodes if isinstance(node, n.Call)]
    assert (call.line, source.code(call)) == (3, "foo( 1, a: 2 ) { |x| x }")
    assert call.block is not None
    assert [param.name for param in call.block.params] == ["x"]


def test_windows_line_ends_and_a_byte_order_mark_change_no_line() -> None:
    source = read_ruby(b"\xef\xbb\xbffoo\r\n\r\nbar\r\n")
    assert [(node.name, node.line) for node in source.nodes if isinstance(node, n.Name)] == [
        ("foo", 1),
        ("bar", 3),
    ]


def test_the_innermost_broken_line_is_named() -> None:
    assert read_ruby(b"a\nlane :x do\n  foo(1, , 2)\nend\n").broken == (3,)
    assert read_ruby(b"a\n").broken == ()
