"""An output stands for what a step will give; its value is not known while the lane is traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from ._errors import Problem, UsageError
from ._place import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ._graph import Graph

T = TypeVar("T")
U = TypeVar("U")

_LET = "when=let(output, lambda value: ...), or let(output, lambda value: ...) as an option"


class OutputError(UsageError):
    """An output was used where its value would have to be known."""

    code = "output_used"


class Output:
    """What a step will give. Attributes, items, f-strings and passing it on work; knowing its value does not.

    `step` is the step's index in the graph; `path` the attributes (`.name`) and items (`[key]`) that lead from the
    step's output to this one; `let` computes with it when it is known.
    """

    __slots__ = ("_graph", "_let", "_path", "_step", "_token")

    _graph: Graph
    _step: int
    _path: tuple[tuple[str, Any], ...]
    _let: Computed | None
    _token: str | None

    def __init__(
        self, graph: Graph, step: int, path: tuple[tuple[str, Any], ...] = (), let: Computed | None = None
    ) -> None:
        self._graph = graph
        self._step = step
        self._path = path
        self._let = let
        self._token = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith("_"):
            _refuse(
                self, f"the private attribute {name!r} was read", "outputs give their public attributes only"
            )
        return self._graph.derived(self, ("attribute", name))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (int, str)):
            return self._graph.derived(self, ("item", key))
        return _refuse(
            self, "it was sliced or indexed by something that is no text and no number", _use_let("value[1:]")
        )

    def __format__(self, spec: str) -> str:
        if spec:
            _refuse(self, f"it was formatted with {spec!r}", _use_let(f'f"{{value:{spec}}}"'))
        return self._graph.token_of(self)

    def __str__(self) -> str:
        return self._graph.token_of(self)

    def __fspath__(self) -> str:
        return self._graph.token_of(self)

    def __repr__(self) -> str:
        return _refuse(self, "its repr was taken (`!r`, `{x=}` or repr())", 'write f"{output}"')

    def __bool__(self) -> bool:
        return _refuse(self, "its truth value was asked (if, while, and, or, not)", f"write {_LET}")

    def __iter__(self) -> NoReturn:
        _refuse(
            self, "it was iterated over or unpacked", "write each(output, lambda item: action(option=item))"
        )

    def __len__(self) -> int:
        return _refuse(self, "its length was asked", _use_let("len(value)"))

    def __contains__(self, item: object) -> bool:
        return _refuse(self, "`in` was used on it", _use_let("item in value"))

    def __call__(self, *_args: object, **_options: object) -> NoReturn:
        _refuse(self, "it was called, as a method is", _use_let("value.method()"))

    def __setattr__(self, name: str, value: object) -> None:
        if name in Output.__slots__:
            object.__setattr__(self, name, value)
        else:
            _refuse(
                self, f"its attribute {name!r} was set", "outputs cannot be changed; let() computes a new one"
            )

    def __reduce__(self) -> NoReturn:
        _refuse(self, "it was pickled or copied", "pass the output itself")

    __hash__ = None  # type: ignore[assignment]  # replaced below by one that says why


def _refusing(symbol: str) -> Callable[..., NoReturn]:
    def refuse(self: Output, *_others: object) -> NoReturn:
        _refuse(self, f"`{symbol}` was used on it", _use_let(symbol))

    return refuse


_OPERATORS = {
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>", "divmod": "divmod()",
    "neg": "-", "pos": "+", "invert": "~", "abs": "abs()", "round": "round()",
    "int": "int()", "float": "float()", "complex": "complex()", "index": "as a number", "bytes": "bytes()",
    "reversed": "reversed()", "hash": "as a key or set member", "setitem": "[...] =", "delitem": "del", "enter": "with",
    "await": "await", "aiter": "async for",
}  # fmt: skip
for _name, _symbol in _OPERATORS.items():
    setattr(Output, f"__{_name}__", _refusing(_symbol))
    if _name in {
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
        "divmod",
    }:
        setattr(Output, f"__r{_name}__", _refusing(_symbol))


def _use_let(expression: str) -> str:
    return f"write let(output, lambda value: {expression})" if "value" in expression else f"write {_LET}"


def _refuse(output: Output, what: str, instead: str) -> NoReturn:
    """Record the problem before raising, so that a lane that swallows the error does not hide it."""
    graph = output._graph
    problem = Problem(
        "output_used",
        f"The output {graph.described(output)} is not known while the lane is traced, but {what}.",
        line=here(2).shown(graph.folder),
        hint=f"{instead[0].upper()}{instead[1:]}.",
    )
    graph.problems.append(problem)
    error = OutputError(problem.message, hint=problem.hint, where=problem.line)
    error.recorded = True
    raise error


class Computed:
    """A `let`: a pure function of a value in which outputs stand."""

    __slots__ = ("function", "source")

    def __init__(self, source: object, function: Callable[[Any], object]) -> None:
        self.source = source
        self.function = function


def let(value: T, function: Callable[[T], U]) -> U:
    """Compute with an output when it is known: `let(build.number, lambda number: number > 3)`.

    `value` may also be a tuple, list or dict in which outputs stand. `function` has to be pure: it may run again when a
    run is resumed, and in another job. Used as an option or as `when=`.
    """
    from ._graph import tracing

    return cast(U, tracing("let()").computed(value, function))


def each(items: Iterable[T], body: Callable[[T], U]) -> list[U]:
    """Call the actions of `body` once for every item of an output, side by side.

    The body is traced once, with an item that stands for each of them; the result stands for the list of what the body
    returns. Over what is known while the lane is traced, a plain `for` does the same.
    """
    from ._graph import tracing

    return cast("list[U]", tracing("each()").fanned_out(items, body))
