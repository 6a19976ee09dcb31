"""Local variables while a lane is walked: nested for blocks, joined after branches."""

from __future__ import annotations

from .values import NIL, Code, Value, choice

Snapshot = list[dict[str, Value]]


class Scope:
    """Local variables; a block sees and changes those around it, a method does not.

    `self_class` is the class whose method runs, `file` where the code stands, `block` what the method is given.
    """

    __slots__ = ("_outer", "_variables", "block", "file", "self_class")

    def __init__(self, file: str, outer: Scope | None = None, self_class: str | None = None) -> None:
        self._outer = outer
        self._variables: dict[str, Value] = {}
        self.file = file
        inherited = None if outer is None else outer.self_class
        self.self_class: str | None = self_class or inherited
        self.block: Code | None = None if outer is None else outer.block

    def inner(self) -> Scope:
        """The scope of a block within this one."""
        return Scope(self.file, self)

    def get(self, name: str) -> Value | None:
        """A variable; None if there is none of that name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._variables:
                return scope._variables[name]
            scope = scope._outer
        return None

    def set(self, name: str, value: Value) -> None:
        """Assign: to the variable of that name around here, else to a new one."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._variables:
                scope._variables[name] = value
                return
            scope = scope._outer
        self._variables[name] = value

    def own(self, name: str, value: Value) -> None:
        """A parameter: it hides a variable of the same name around here."""
        self._variables[name] = value

    def snapshot(self) -> Snapshot:
        """All variables as they are, for `restore` and `join`."""
        taken: Snapshot = []
        scope: Scope | None = self
        while scope is not None:
            taken.append(dict(scope._variables))
            scope = scope._outer
        return taken

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot."""
        scope: Scope | None = self
        for variables in snapshot:
            assert scope is not None
            scope._variables = dict(variables)
            scope = scope._outer

    def join(self, other: Snapshot) -> None:
        """What is here may be as it is, or as in the snapshot."""
        scope: Scope | None = self
        for variables in other:
            assert scope is not None
            here = scope._variables
            for name in {*here, *variables}:
                mine, theirs = here.get(name), variables.get(name)
                if mine is not theirs:
                    here[name] = choice((mine or NIL, theirs or NIL))
            scope = scope._outer
