"""An output stands for what a step will give; its value is not known while the lane is traced."""

from __future__ import annotations

from lane._errors import Problem, UsageError
from lane._lanefile.place import Place, users_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn, TypeVar

    from lane._lanefile.fan import Fan

    from .graph import Graph

    T = TypeVar("T")
    U = TypeVar("U")


class OutputError(UsageError):
    """An output was used where its value would have to be known."""

    code = "output_used"


class Output:
    """What a step will give. Attributes, items, f-strings and passing it on work; knowing its value does not.

    `_step` is the step's index in the graph (negative: no step's own), `_path` the attributes and items that
    lead from the step's output to this one, `_let` how it is computed from other outputs.
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
        # Past __setattr__, which refuses and is slow: a lane may have 100,000 outputs.
        _set_graph(self, graph)
        _set_step(self, step)
        _set_path(self, path)
        _set_let(self, let)
        set_token(self, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith("_"):
            refuse(self, f"its private attribute {name!r} was read", "Outputs give public attributes only.")
        return self._graph.derived(self, ("attribute", name))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (int, str)):
            return self._graph.derived(self, ("item", key))
        return refuse(self, "it was sliced, or indexed by what is neither text nor number", LET, "value[1:]")

    def __format__(self, spec: str) -> str:
        if spec:
            refuse(self, f"it was formatted with {spec!r}", LET, f'f"{{value:{spec}}}"')
        return self._graph.token_of(self)

    def __str__(self) -> str:
        return self._graph.token_of(self)

    def __fspath__(self) -> str:
        return self._graph.token_of(self)

    def __repr__(self) -> str:
        return refuse(self, "its repr was taken (`!r`, `{x=}` or repr())", 'Write f"{output}".')

    def __bool__(self) -> bool:
        return refuse(self, "its truth value was asked (if, while, and, or, not)", WHEN, "value")

    def __iter__(self) -> NoReturn:
        refuse(self, "it was iterated over or unpacked", EACH)

    def __len__(self) -> int:
        return refuse(self, "its length was asked", LET, "len(value)")

    def __contains__(self, item: object) -> bool:
        return refuse(self, "`in` was used on it", WHEN, "item in value")

    def __call__(self, *_args: object, **_options: object) -> NoReturn:
        refuse(self, "it was called, as a method is", LET, "value.method()")

    def __setattr__(self, name: str, value: object) -> None:
        refuse(
            self, f"its attribute {name!r} was set", "An output cannot be changed; let() computes a new one."
        )

    def __delattr__(self, name: str) -> None:
        refuse(
            self,
            f"its attribute {name!r} was deleted",
            "An output cannot be changed; let() computes a new one.",
        )

    def __reduce__(self) -> NoReturn:
        refuse(self, "it was pickled or copied", "Pass the output itself.")


_set_graph, _set_let, _set_path, _set_step, set_token = (
    vars(Output)[name].__set__ for name in Output.__slots__
)

LET = "Write {let} and pass that as an option."
WHEN = "Write action.set(when={let})(…)."
EACH = "Write each({output}, lambda item: action(option=item))."

_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_FUNCTIONS = {
    "neg": "-value", "pos": "+value", "invert": "~value", "abs": "abs(value)", "round": "round(value)",
    "divmod": "divmod(value, 2)", "rdivmod": "divmod(2, value)", "int": "int(value)", "float": "float(value)",
    "complex": "complex(value)", "index": "range(value)", "bytes": "bytes(value)",
    "reversed": "list(reversed(value))",
}  # fmt: skip
_STATEMENTS = {
    "hash": ("it was used as a key or a set's member", "Use the step's own name as the key."),
    "setitem": ("an item of it was set", "An output cannot be changed; let() computes a new one."),
    "delitem": ("an item of it was deleted", "An output cannot be changed; let() computes a new one."),
    "next": ("it was iterated over", EACH),
    "enter": ("it was used in `with`", "Work with it in an action."),
    "exit": ("it was used in `with`", "Work with it in an action."),
    "aenter": ("it was used in `async with`", "Work with it in an action."),
    "await": ("it was awaited", "A lane is a plain function; pass the output to an action."),
    "aiter": ("it was iterated over", EACH),
}


def _define(method: str, what: str, instead: str, expression: str = "") -> None:
    def refused(self: Output, *_others: object) -> NoReturn:
        refuse(self, what, instead, expression)

    setattr(Output, f"__{method}__", refused)


for _name, _symbol in _COMPARISONS.items():
    _define(_name, f"`{_symbol}` was used on it", WHEN, f"value {_symbol} 3")
for _name, _symbol in _ARITHMETIC.items():
    _define(_name, f"`{_symbol}` was used on it", LET, f"value {_symbol} 2")
    _define(f"r{_name}", f"`{_symbol}` was used on it", LET, f"2 {_symbol} value")
for _name, _symbol in _FUNCTIONS.items():
    _define(_name, f"`{_symbol.replace('value', '')}` was used on it", LET, _symbol)
for _name, (_what, _instead) in _STATEMENTS.items():
    _define(_name, _what, _instead)


def refuse(
    output: Output, what: str, instead: str, expression: str = "", *, message: str | None = None
) -> NoReturn:
    """Record the problem, so that a lane that swallows the error cannot hide it, and raise.

    `instead` may have `{let}` in it, for what the user wrote as a let (`expression` where the source cannot
    tell), and `{output}`.
    """
    from .hint import as_let, as_source

    graph = output._graph
    frame = users_frame(2, graph.folder)
    name = graph.described(output)
    if "{let}" in instead:
        instead = instead.replace(
            "{let}", as_let(frame, output) or f"let({name}, lambda value: {expression})"
        )
    elif "{output}" in instead and 'f"' not in instead:
        instead = instead.replace("{output}", as_source(frame, output) or name)
    problem = Problem(
        "output_used",
        message or f"The output {name} is not known while the lane is traced, but {what}.",
        line=Place(frame.f_code, frame.f_lasti).shown(graph.folder),
        hint=instead,
    )
    graph.note(problem)
    error = OutputError(problem.message, hint=problem.hint, where=problem.line)
    error.recorded = True
    raise error


class Computed:
    """How an output comes from others: a pure function of a value in which outputs stand, or an `each`.

    `steps` are the steps that it waits for; `fan` is the `each` outside whose body it has no meaning, or
    None.
    """

    __slots__ = ("fan", "function", "source", "steps")

    def __init__(
        self,
        source: object,
        function: Callable[[Any], object],
        steps: tuple[int, ...] = (),
        fan: Fan | None = None,
    ) -> None:
        self.source = source
        self.function = function
        self.steps = steps
        self.fan = fan


def let(value: T, function: Callable[[T], U]) -> U:
    """Compute with an output when it is known: `let(build.number, lambda number: number > 3)`.

    `value` may also be a tuple, list or dict in which outputs stand. `function` has to be pure: it may run
    again when a run is resumed, and in another job. Used as an option or as `when=`.
    """
    from .tracing import tracing

    made: Any = tracing("let()").computed(value, function)
    result: U = made
    return result


def each(items: Iterable[T], body: Callable[[T], U]) -> list[U]:
    """Call the actions of `body` once for every item of an output, side by side.

    The body is traced once, with an item that stands for each of them; the result stands for the list of what
    the body returns. Over what is known while the lane is traced, a plain `for` does the same.
    """
    from .tracing import tracing

    made: Any = tracing("each()").fanned_out(items, body)
    result: list[U] = made
    return result
