"""GitLab's file as GitLab puts it together: included files, `extends`, `!reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .yaml_lines import Reference, Table, Text, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .repository import Repository

NAME = "gitlab"
_DEEPEST = 11  # GitLab's own limit of `extends`, and what refers to others
_MOST = 5_000  # lines of a script


def loaded(repository: Repository, path: str, seen: frozenset[str] = frozenset()) -> Table | None:
    """A file with what it includes; what stands in it goes before. What lies elsewhere is noted."""
    document = repository.document(NAME, path)
    if document is None or path in seen or not repository.follows():
        return None
    made = table(None)
    for local in dict.fromkeys(included(repository, document.get("include"), path)):
        inner = loaded(repository, local, seen | {path})
        made = made if inner is None else merged(made, inner)
    return merged(made, document)


def included(repository: Repository, include: Any, path: str) -> Iterator[str]:
    """The files of the repository that an `include` names."""
    for one in include if isinstance(include, list) else [include]:
        if isinstance(one, str) and not one.startswith(("http://", "https://")):
            yield from _local(repository, one, path)
            continue
        said = table(one)
        local = said.get("local")
        if isinstance(local, str):
            yield from _local(repository, local, path)
        elif one is not None:
            shown = one if isinstance(one, str) else _shown(said)
            repository.unseen[f"{path} includes {shown}, which is not in this repository."] = None


def _local(repository: Repository, local: str, path: str) -> Iterator[str]:
    name = local.lstrip("/")
    found = repository.matching(name) if "*" in name else [name] if repository.file(name) else []
    if not found:
        repository.unseen[f"{path} includes {local}, which is not there."] = None
    yield from found


def _shown(said: Table) -> str:
    kinds = ("project", "remote", "template", "component")
    return next((f"the {kind} {said[kind]}" for kind in kinds if said.get(kind)), "something")


def merged(under: Table, over: Table) -> Table:
    """Two mappings as one: what stands in both is merged where both are mappings, else the upper one's."""
    made = Table(under)
    made.path, made.line = over.path or under.path, over.line or under.line
    for key, value in over.items():
        before = made.pop(key, None)
        both = isinstance(before, Table) and isinstance(value, Table)
        made[key] = merged(before, value) if both else value
    return made


class Jobs:
    """The jobs of a file that was put together."""

    def __init__(self, document: Table) -> None:
        self._document = document
        self._known: dict[str, Table] = {}

    def job(self, name: str) -> Table:
        """A job with what it extends; one that extends itself does so without."""
        known = self._known.get(name)
        if known is not None:
            return known
        own = self._known[name] = table(self._document.get(name))
        made = table(None)
        for parent in texts(own.get("extends"))[:_DEEPEST]:
            made = merged(made, self.job(parent))
        self._known[name] = merged(made, own)
        return self._known[name]

    def lines(self, script: Any) -> list[Text]:
        """The lines of a script: lists in lists, and what is referred to, put in its place."""
        found: list[Text] = []
        waiting = [(script, 0)]
        while waiting and len(found) < _MOST:
            value, depth = waiting.pop()
            if isinstance(value, Text):
                found.append(value)
            elif isinstance(value, list):
                waiting += [(one, depth) for one in reversed(value)]
            elif isinstance(value, Reference) and depth < _DEEPEST:
                waiting.append((self._referred(value), depth + 1))
        return found

    def rules(self, value: Any) -> list[Table]:
        """The rules of a list, with those that are referred to."""
        found: list[Table] = []
        for one in value if isinstance(value, list) else [value]:
            inner = self._referred(one) if isinstance(one, Reference) else one
            found += [table(rule) for rule in inner] if isinstance(inner, list) else []
            found += [inner] if isinstance(inner, Table) else []
        return found

    def _referred(self, reference: Reference) -> Any:
        value: Any = self.job(reference.way[0]) if reference.way else None
        for key in reference.way[1:]:
            value = table(value).get(key)
        return value
