"""The contract at run time: its operations, and the validation of requests against its schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from cognitora_openapi.contract import load
from cognitora_openapi.operations import OPERATIONS, Operation

from .errors import bad_request
from .validation_messages import validation_message

JSON = "application/json"

BEGINNING = 20
"""Entries of a list or object by which a body of several possible shapes is taken for one of them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path, query or header parameter."""

    name: str
    place: str
    required: bool
    type: str
    default: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation with what its requests are checked against.

    `media_type` is that of the body, None where it takes none; `body` has what JSON is checked by,
    one for each shape that the body can have, and is None where that isn't JSON.
    """

    operation: Operation
    parameters: tuple[Parameter, ...]
    media_type: str | None
    body: tuple[Mapping[str, Any], ...] | None


class Contract:
    """The contract's operations by id, and the checks of a request's parts.

    Each check raises a 400 `ApiError` whose message says which field is wrong, and what is allowed.
    """

    def __init__(self) -> None:
        self._document = load()
        self._validators: dict[int, Draft202012Validator] = {}
        self.endpoints = {name: self._endpoint(found) for name, found in OPERATIONS.items()}

    def check(self, endpoint: Endpoint, place: str, values: Mapping[str, str]) -> dict[str, Any]:
        """The parameters in the `path`, `query` or `header`, in their types, with their defaults.

        Without one a parameter that isn't there is None. Unknown names are passed over.
        """
        checked: dict[str, Any] = {}
        for parameter in endpoint.parameters:
            if parameter.place != place:
                continue
            text = values.get(parameter.name)
            if text is None and parameter.required:
                raise bad_request(f"The {place} parameter `{parameter.name}` is missing.")
            checked[parameter.name] = (
                parameter.default if text is None else self._value(parameter, text)
            )
        return checked

    def check_media_type(self, endpoint: Endpoint, given: str) -> None:
        """Refuse a body of another type. One that doesn't say its type is taken for the right one."""
        wanted = endpoint.media_type
        if wanted and given.partition(";")[0].strip().lower() not in {"", wanted}:
            message = f"The body's Content-Type must be {wanted}; it is {given[:80]}."
            raise bad_request(message, "wrong_content_type")

    def check_body(self, endpoint: Endpoint, body: Any) -> dict[str, Any]:
        if endpoint.body is not None:
            self._validate(endpoint.body, body, "The body")
        checked: dict[str, Any] = body
        return checked

    def _value(self, parameter: Parameter, text: str) -> Any:
        value = typed(text, parameter.type)
        self._validate([parameter.schema], value, f"`{parameter.name}`")
        return value

    def _validate(self, schemas: Sequence[Mapping[str, Any]], value: Any, where: str) -> None:
        shapes = [self._validator(schema) for schema in schemas]
        if any(shape.is_valid(value) for shape in shapes):
            return
        # Only up to the first error, and that in the shape that was probably meant: a large value
        # has an error for each of its parts, and finding them takes longer than anybody may wait.
        begin = beginning(value) if len(shapes) > 1 else None
        meant = min(shapes, key=lambda shape: sum(1 for _ in shape.iter_errors(begin)))
        try:
            meant.validate(value)
        except ValidationError as error:
            raise bad_request(validation_message(error, where, self._known)) from None

    def _endpoint(self, operation: Operation) -> Endpoint:
        item = self._document["paths"][operation.path]
        described = item[operation.method.lower()]
        parameters = [*item.get("parameters", []), *described.get("parameters", [])]
        content = self._resolved(described.get("requestBody", {})).get("content", {})
        schema = content.get(JSON, {}).get("schema")
        return Endpoint(
            operation,
            tuple(self._parameter(self._resolved(parameter)) for parameter in parameters),
            next(iter(content), None),
            tuple(schema.get("anyOf", [schema])) if schema is not None else None,
        )

    def _parameter(self, described: Mapping[str, Any]) -> Parameter:
        schema = described["schema"]
        return Parameter(
            name=described["name"],
            place=described["in"],
            required=described.get("required", False),
            type=schema.get("type", "string"),
            default=schema.get("default"),
            schema=schema,
        )

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        """That of a schema of the document; made when it is first needed, as all take long."""
        made = self._validators.get(id(schema))
        if made is None:
            # The components ride along, because the schemas refer to them by `#/components/…`.
            whole = {**schema, "components": self._document["components"]}
            made = self._validators[id(schema)] = Draft202012Validator(whole, validate_formats=True)
        return made

    def _resolved(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = described.get("$ref")
        return self._at(reference.removeprefix("#/").split("/")) if reference else described

    def _at(self, path: list[str | int]) -> Any:
        found: Any = self._document
        for part in path:
            found = found[part]
        return found

    def _known(self, schema_path: list[str | int]) -> list[str]:
        """The properties that are allowed beside the keyword at this place of a schema."""
        if "components" not in schema_path:
            return []
        start = len(schema_path) - 1 - schema_path[::-1].index("components")
        return list(self._at(schema_path[start:-1]).get("properties", {}))


def beginning(value: Any) -> Any:
    """The value with the first few entries of each list and object in it."""
    if isinstance(value, dict):
        return {name: beginning(value[name]) for name in islice(value, BEGINNING)}
    if isinstance(value, list):
        return [beginning(each) for each in value[:BEGINNING]]
    return value


def typed(text: str, type: str) -> Any:
    """A parameter's text as its type; text that isn't of that type stays, for the validator."""
    if type == "integer" and re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        return int(text)
    if type == "number" and re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", text):
        return float(text)
    if type == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
