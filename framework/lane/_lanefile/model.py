"""`Model`: a typed record for options and outputs, in whose fields outputs may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict

from lane._graph.walk import outputs_in

from . import types as _types

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class Model(BaseModel):
    """A frozen pydantic model. In a lane its fields may hold outputs: `Notes(text=f"Build {build.number}")`.

    While the lane is traced a field that holds an output is checked for its type only; the whole is validated
    when the step runs, with the values in place. Raises pydantic's ValidationError, and TypeError for a field
    that is missing or unknown where outputs stand in others.
    """

    model_config = ConfigDict(frozen=True)

    if not TYPE_CHECKING:  # a type checker makes the constructor from the fields

        def __init__(self, /, **data: Any) -> None:
            if outputs_in(data):
                _fill(self, data)
            else:
                super().__init__(**data)


def _fill(model: Model, data: dict[str, Any]) -> None:
    """Set the fields of a model in some of which outputs stand: the others are validated one by one."""
    cls = type(model)
    names = {field.alias or name: name for name, field in cls.model_fields.items()}
    unknown = sorted(data.keys() - names.keys() - cls.model_fields.keys())
    if unknown and cls.model_config.get("extra") != "allow":
        raise TypeError(f"{cls.__name__} has no field {unknown[0]!r}; it has {', '.join(cls.model_fields)}")
    given = {names.get(key, key): value for key, value in data.items()}
    missing = [name for name, field in cls.model_fields.items() if field.is_required() and name not in given]
    if missing:
        raise TypeError(f"{cls.__name__} needs the field {missing[0]!r}")
    for name, field in cls.model_fields.items():
        if name in given and not outputs_in(given[name]):
            given[name] = _validated(cls.__name__, name, field, given[name])
    filled = cls.model_construct(**given)
    object.__setattr__(model, "__dict__", filled.__dict__)
    for name in ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"):
        object.__setattr__(model, name, getattr(filled, name))


def _validated(model: str, name: str, field: FieldInfo, value: Any) -> Any:
    annotation: Any = field.annotation
    for extra in field.metadata:
        annotation = Annotated[annotation, extra]
    try:
        return _types.convert(value, annotation)
    except ValueError as error:
        raise TypeError(f"{model}({name}=…): {error}") from None
