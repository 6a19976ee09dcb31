"""JSON:API documents: resources, what was included with them, and what they are related to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lane import ActionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._refusal import Refusal


@dataclass(frozen=True, slots=True)
class Resource:
    """One JSON:API resource. `relationships` holds the ids of those that the answer has data for."""

    type: str
    id: str
    attributes: Mapping[str, Any] = field(hash=False)
    relationships: Mapping[str, tuple[str, ...]] = field(hash=False, default_factory=dict)

    def related(self, name: str) -> str | None:
        """The id of a to-one relationship, None when it is empty or was not included."""
        return next(iter(self.relationships.get(name, ())), None)


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: `data` is what was asked for, one or many; `included` is by type and id."""

    data: tuple[Resource, ...]
    included: Mapping[tuple[str, str], Resource] = field(hash=False)
    next: str | None = None

    def related(self, resource: Resource, name: str) -> list[Resource]:
        """What a resource is related to, as far as it was included."""
        by_id = {each.id: each for each in self.included.values()}
        return [by_id[each] for each in resource.relationships.get(name, ()) if each in by_id]

    @property
    def one(self) -> Resource:
        """The only resource. Raises LookupError when there is none."""
        return self.data[0]


def parse_document(text: str, request: Refusal) -> Document:
    """The document in the text of an answer to `request`. Raises ActionError for one that makes no sense."""
    try:
        body = json.loads(text) if text else {}
        data = body.get("data")
        many = data if isinstance(data, list) else [data] if data else []
        included = [_resource(each) for each in body.get("included", ())]
        return Document(
            tuple(_resource(each) for each in many),
            {(each.type, each.id): each for each in included},
            (body.get("links") or {}).get("next"),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ActionError(
            f"The answer is not what Apple's description says: {error!r}.",
            where=request.where,
            code="unexpected_answer",
            hint="Does APP_STORE_CONNECT_URL lead to App Store Connect?",
        ) from error


def _resource(data: Mapping[str, Any]) -> Resource:
    relationships: dict[str, tuple[str, ...]] = {}
    for name, value in (data.get("relationships") or {}).items():
        linked = (value or {}).get("data")
        if linked is not None:
            many = linked if isinstance(linked, list) else [linked]
            relationships[name] = tuple(each["id"] for each in many)
    return Resource(data["type"], data["id"], data.get("attributes") or {}, relationships)
