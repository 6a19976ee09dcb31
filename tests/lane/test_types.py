"""Types of options: what an output may go to, what a value is converted to, how a type is told."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NewType, Protocol, TypedDict, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from lane import Secret
from lane._lanefile.assignable import assignable
from lane._lanefile.members import NoSuchMemberError, attribute_type, item_type, items_type
from lane._lanefile.options import Options, holds_secret
from lane._lanefile.text import choices, from_text, is_flag, is_list
from lane._lanefile.types import UnknownTypeError, convert, evaluate, exactly, example, fields_of, shown

T = TypeVar("T")
BuildId = NewType("BuildId", str)


class Colour(enum.Enum):
    RED = "red"
    DARK_BLUE = 4


class Base: ...


class Derived(Base):
    size: int

    def __init__(self) -> None:
        self.other = 1


class Closer(Protocol):
    def close(self) -> None: ...


class File:
    def close(self) -> None: ...


@dataclass
class Point:
    x: int
    name: str = ""
    count: ClassVar[int] = 0

    @property
    def label(self) -> str:
        return self.name

    def moved(self) -> Point:
        return self


class Named(NamedTuple):
    first: int
    second: str


class Entry(TypedDict):
    key: int


class Open(BaseModel, extra="allow"):
    a: int


class Closed(BaseModel):
    a: int
    b: list[str] | None = None


YES = [
    (int, int),
    (int, Any),
    (Any, int),
    (int, object),
    (bool, int),
    (int, float),
    (bool, float),
    (int, complex),
    (str, Path),
    (str, PurePath),
    (Path, PurePath),
    (Derived, Base),
    (BuildId, str),
    (str, BuildId),
    (int, int | None),
    (None, int | None),
    (int | None, int | str | None),
    (int, Annotated[int, "x"]),
    (list[int], list[float]),
    (list[str], list[Path]),
    (list[Derived], list[Base]),
    (list[int], Sequence[int]),
    (list[int], Iterable[int]),
    (list, list[int]),
    (list[int], list),
    (dict[str, int], Mapping[str, float]),
    (dict[str, int], Iterable[str]),
    (tuple[int, str], tuple[int, str]),
    (tuple[int, int], tuple[int, ...]),
    (tuple[int, int], Sequence[int]),
    (tuple[int, ...], Sequence[float]),
    (str, Sequence[str]),
    (Literal["a"], str),
    (Literal["a"], Literal["a", "b"]),
    (Literal[1], float),
    (File, Closer),
    (type(len), Callable[..., Any]),
    (Entry, Entry),
    (Entry, dict[str, Any]),
    (int, T),
    (Colour, Colour),
    (datetime, date),
    (Named, tuple),
]
NO = [
    (str, int),
    (float, int),
    (int, bool),
    (int, str),
    (Path, str),
    (Base, Derived),
    (int | None, int),
    (None, int),
    (int | str, int),
    (list[str], list[int]),
    (list[Path], list[str]),
    (list[int], int),
    (int, list[int]),
    (list[int], set[int]),
    (dict[str, int], dict[int, int]),
    (dict[str, str], Mapping[str, int]),
    (dict[str, int], Iterable[int]),
    (tuple[int, str], tuple[int, int]),
    (tuple[int, ...], tuple[int, int]),
    (tuple[int], tuple[int, int]),
    (str, Sequence[int]),
    (str, Literal["a"]),
    (Literal["a", "c"], Literal["a", "b"]),
    (Literal[True], Literal[1]),
    (Literal["a"], int),
    (Base, Closer),
    (int, Callable[..., Any]),
    (Point, Closed),
    (dict[str, int], Entry),
]


@pytest.mark.parametrize(("source", "target"), YES, ids=str)
def test_fits(source: Any, target: Any) -> None:
    assert assignable(source, target)


@pytest.mark.parametrize(("source", "target"), NO, ids=str)
def test_does_not_fit(source: Any, target: Any) -> None:
    assert not assignable(source, target)


simple = st.sampled_from([int, str, bool, float, Path, Base, Derived, Colour, type(None)])
types = st.recursive(
    simple,
    lambda inner: st.one_of(
        inner.map(lambda one: list[one]),
        st.tuples(inner, inner).map(lambda pair: dict[pair[0], pair[1]]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        st.tuples(inner, inner).map(lambda pair: tuple[pair[0], pair[1]]),
    ),
    max_leaves=6,
)


@given(types, types, types)
def test_a_type_fits_itself_any_and_every_union_that_has_it(one: Any, other: Any, third: Any) -> None:
    assert assignable(one, one)
    assert assignable(one, Any)
    assert assignable(one, one | other)
    assert assignable(one | other, other | third | one)
    assert assignable(list[one], Sequence[one | other])
    if assignable(one, other):
        assert assignable(list[one], list[other])
        assert assignable(one | other, other)


values = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(), st.none(), st.sampled_from(Colour)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(values, types)
def test_what_is_exactly_of_a_type_is_what_pydantic_gives_back(value: Any, annotation: Any) -> None:
    if exactly(value, annotation):
        assert convert(value, annotation) == value


@pytest.mark.parametrize(
    ("owner", "name", "kind"),
    [
        (Point, "x", int),
        (Point, "label", str),
        (Closed, "b", list[str] | None),
        (Named, "second", str),
        (Any, "x", Any),
        (Open, "anything", Any),
        (Derived, "size", int),
        (Derived, "other", Any),
        (Point | Closed, "x", None),
        (Annotated[Point, 1], "x", int),
        (Colour, "value", Any),
    ],
)
def test_attributes(owner: Any, name: str, kind: Any) -> None:
    if kind is None:
        with pytest.raises(NoSuchMemberError):
            attribute_type(owner, name)
    else:
        assert attribute_type(owner, name) == kind


@pytest.mark.parametrize(
    ("owner", "name", "names"),
    [
        (Point, "y", ["name", "x"]),
        (Point, "moved", []),
        (Closed, "c", ["a", "b"]),
        (str, "upper", []),
        (Entry, "key", None),
    ],
)
def test_attributes_that_are_not_there(owner: Any, name: str, names: list[str] | None) -> None:
    with pytest.raises(NoSuchMemberError) as caught:
        attribute_type(owner, name)
    assert names is None or caught.value.names == names


@pytest.mark.parametrize(
    ("owner", "key", "kind"),
    [
        (list[int], 0, int),
        (dict[str, int], "a", int),
        (tuple[int, str], 1, str),
        (tuple[int, ...], 7, int),
        (Entry, "key", int),
        (str, 0, str),
        (Any, 0, Any),
        (list, 0, Any),
        (list[int] | tuple[str, int], 0, int | str),
    ],
)
def test_items(owner: Any, key: Any, kind: Any) -> None:
    assert item_type(owner, key) == kind


@pytest.mark.parametrize(
    ("owner", "key"), [(int, 0), (list[int], "a"), (tuple[int, str], 2), (Entry, "kye"), (int | None, 0)]
)
def test_items_that_are_not_there(owner: Any, key: Any) -> None:
    with pytest.raises(NoSuchMemberError):
        item_type(owner, key)


def test_what_iterating_gives() -> None:
    assert items_type(list[int]) is int
    assert items_type(dict[str, int]) is str
    assert items_type(tuple[int, str]) == int | str
    for wrong in (int, str, bytes, list[int] | None):
        with pytest.raises(NoSuchMemberError):
            items_type(wrong)


def test_fields_leave_out_what_belongs_to_the_class() -> None:
    assert fields_of(Point) == {"x": int, "name": str}
    assert fields_of(Closed) == {"a": int, "b": list[str] | None}
    assert fields_of(Named) == {"first": int, "second": str}
    assert fields_of(Entry) == {"key": int}
    assert fields_of(Base) is None


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None, "None"),
        (list[str], "list[str]"),
        (Path | None, "Path | None"),
        (Literal["a", 1], "'a' | 1"),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Any, "Any"),
        (Annotated[int, "x"], "int"),
        (Callable[[int], str], "Callable[[int], str]"),
    ],
)
def test_types_are_told_as_one_writes_them(annotation: Any, text: str) -> None:
    assert shown(annotation) == text


def test_examples() -> None:
    assert [example(one) for one in (int, str | None, list[bool], Literal["a"], Colour, Point)] == [
        "3",
        '"text"',
        "[True]",
        "'a'",
        "Colour.RED",
        None,
    ]


def test_annotations_are_read_where_they_were_written() -> None:
    assert evaluate("Path | None", {"Path": Path}, "x") == Path | None
    assert evaluate("list['Path']", {"Path": Path}, "x") == list[Path]
    with pytest.raises(UnknownTypeError, match="cannot be read"):
        evaluate("Missing", {}, "upload(file)")


# Values from texts


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("3", int, 3),
        ("-3", int, -3),
        (" 4 ", int, 4),
        ("1_000", int, 1000),
        ("3", float, 3.0),
        ("3", int | None, 3),
        ("none", int | None, None),
        ("none", str | None, "none"),
        ("null", str, "null"),
        ("yes", bool, True),
        ("OFF", bool, False),
        ("0", bool | None, False),
        ("a/b", Path, Path("a/b")),
        ("a/b", Path | None, Path("a/b")),
        ("red", Colour, Colour.RED),
        ("RED", Colour, Colour.RED),
        ("4", Colour, Colour.DARK_BLUE),
        ("DARK_BLUE", Colour | None, Colour.DARK_BLUE),
        ("b", Literal["a", "b"], "b"),
        ("2", Literal[1, 2], 2),
        ("a, b,c", list[str], ["a", "b", "c"]),
        ("", list[str], []),
        ("1,2", list[int] | None, [1, 2]),
        ('["a,b"]', list[str], ["a,b"]),
        ("a,b", tuple[str, ...], ("a", "b")),
        ("red,RED", list[Colour], [Colour.RED, Colour.RED]),
        ("a,b", set[str], {"a", "b"}),
        ('{"a": 1}', dict[str, int], {"a": 1}),
        ('{"x": 1}', Point, Point(1)),
        ('{"a": 2}', Closed, Closed(a=2)),
        ("2026-02-03", date, date(2026, 2, 3)),
        ("2026-02-03T04:05", datetime, datetime(2026, 2, 3, 4, 5)),  # noqa: DTZ001
        ("x", Any, "x"),
        ("[1]", str, "[1]"),
        ("7", Annotated[int, "how many"], 7),
        ("x", str | list[str], "x"),
    ],
)
def test_a_text_becomes_the_value(text: str, annotation: Any, value: Any) -> None:
    found = from_text(text, annotation)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [
        ("x", int),
        ("3.5", int),
        ("", int),
        ("maybe", bool),
        ("green", Colour),
        ("c", Literal["a", "b"]),
        ("{", dict[str, int]),
        ("a=1", dict[str, int]),
        ("x", Point),
        ("a,b", list[int]),
        ("31.12.2026", date),
        ("2026-02-30", date),
    ],
)
def test_a_text_that_is_no_such_value(text: str, annotation: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_text(text, annotation)


def test_a_secret_is_taken_from_a_text_and_not_shown() -> None:
    for annotation in (Secret, Secret | None):
        found = from_text("hunter22", annotation)
        assert isinstance(found, Secret)
        assert found.reveal() == "hunter22"
        assert "hunter22" not in repr(found)
    assert holds_secret(list[Secret] | None)
    assert not holds_secret(list[str])


@given(st.integers())
def test_every_integer_comes_back(number: int) -> None:
    assert from_text(str(number), int) == number


def test_what_the_command_line_asks_of_a_type() -> None:
    assert is_list(list[str] | None)
    assert not is_list(dict[str, str])
    assert is_flag(bool | None)
    assert not is_flag(bool | str)
    assert choices(Colour | None) == ["red", "4"]
    assert choices(Literal["a", 2]) == ["a", "2"]


# Signatures


def test_options_of_a_signature() -> None:
    def act(
        ctx: Any,
        file: Path,
        *,
        names: Annotated[list[str], "Who"] = [],  # noqa: B006
        secret: Secret | None = None,
    ) -> int: ...

    options = Options(act, "act")
    assert options.names == ("file", "names", "secret")
    assert [option.required for option in options.by_name.values()] == [True, False, False]
    assert options.by_name["names"].description == "Who"
    assert options.by_name["secret"].secret
    assert options.result is int
    assert options.exact == {"file": Path}


@pytest.mark.parametrize(
    "function",
    [lambda: None, lambda ctx, *args: None, lambda ctx, **kwargs: None, eval("lambda ctx, a, /: None")],
)
def test_a_signature_that_cannot_be_declared(function: Any) -> None:
    from lane import UsageError

    with pytest.raises(UsageError, match="cannot be declared"):
        Options(function, "act")


def test_a_description_checks_nothing_and_a_field_does() -> None:
    described, bounded = Annotated[str, "What it is"], Annotated[str, Field(min_length=3)]
    assert exactly("x", described)
    assert not exactly("x", bounded)
    assert from_text("x", described) == "x"
    with pytest.raises(ValueError, match="at least 3"):
        from_text("x", bounded)
