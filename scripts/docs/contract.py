"""The pages of the contract: openapi.yaml as Markdown, an operation a section, a schema a section."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import cognitora

Node = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete", "head")
SERVICES = {
    "interpreter": "The interpreter's operations",
    "compute": "The containers' operations",
    "processes": "The processes' operations",
}
# The services' pages of the Python API, and their classes.
IN_PYTHON = {
    "interpreter": ("sessions", "code_interpreter", "CodeInterpreter"),
    "compute": ("containers", "containers", "Containers"),
    "processes": ("processes", "processes", "Processes"),
}
_LOADER: type[Any] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # in C it takes a tenth of the time
# What the contract says of a value's bounds, in words.
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "maxProperties": "at most {} of them",
    "pattern": "matches `{}`",
    "default": "by default `{}`",
}
RETRY = {
    "safe": "Asking again does no harm.",
    "keyed": "May be asked again with the same `Idempotency-Key` alone, and where the server honours keys.",
    "never": "Never asked again.",
}


def pages(file: Path) -> dict[str, str]:
    """The Markdown of each page, by its place in the folder of the contract."""
    contract: Node = yaml.load(file.read_text("utf-8"), _LOADER)
    reader = _Reader(contract)
    return {
        "index.md": "\n".join(reader.overview()),
        **{f"{service}.md": "\n".join(reader.operations(service)) for service in SERVICES},
        "schemas.md": "\n".join(reader.schemas()),
    }


class _Reader:
    def __init__(self, contract: Node) -> None:
        self._contract = contract

    def overview(self) -> Iterator[str]:
        info = self._contract["info"]
        yield f"# {info['title']}\n\n{info['summary']}\n"
        yield "All of this is written from [`openapi.yaml`](../openapi.yaml), the contract that the client"
        yield f"and the local runtime follow. This is its version {info['version']}.\n"
        yield f"## What goes for all of it\n\n{info['description']}"
        yield "## Servers\n"
        for server in self._contract["servers"]:
            yield f"- `{server['url']}`: {server['description']}"
        yield "\nEvery request has the header `Authorization: Bearer`, with the account's API key.\n"
        for tag in self._contract["tags"]:
            yield f"## {SERVICES[tag['name']]}\n\n{tag['description']}\n"
            yield "| operation | | what it does |\n| --- | --- | --- |"
            for path, method, operation in self._of(tag["name"]):
                link = (
                    f"[`{operation['operationId']}`]({tag['name']}.md#{operation['operationId']})"
                )
                yield f"| {link} | `{method.upper()} {path}` | {operation['summary']} |"
            yield ""

    def operations(self, service: str) -> Iterator[str]:
        (told,) = (tag for tag in self._contract["tags"] if tag["name"] == service)
        yield f"# {SERVICES[service]}\n\n{told['description']}\n"
        for path, method, operation in self._of(service):
            yield f"## {operation['summary']} {{ #{operation['operationId']} }}\n"
            yield f"```http\n{method.upper()} {path}\n```\n"
            yield operation["description"].strip() + "\n"
            yield f"`{operation['operationId']}` · {RETRY[operation['x-retry']]}{_extension(operation)}\n"
            yield from _in_python(service, operation)
            shared = self._contract["paths"][path].get("parameters", [])
            yield from self._parameters([*shared, *operation.get("parameters", [])])
            if "requestBody" in operation:
                yield "**Body**\n"
                yield from self._content(self._met(operation["requestBody"])["content"])
            yield "**Answers**\n"
            yield from self._answers(operation["responses"])

    def schemas(self) -> Iterator[str]:
        yield "# Shapes\n\nWhat requests and answers are made of. A field with a star must be there.\n"
        for name, schema in self._contract["components"]["schemas"].items():
            yield f"## {name} {{ #{name.lower()} }}\n"
            yield f"{schema.get('description', '').strip()}\n"
            if "properties" in schema:
                yield from self._fields(schema)
            else:
                yield f"{self._type(schema, '')}{_bounds(schema)}\n"

    def _of(self, service: str) -> Iterator[tuple[str, str, Node]]:
        for path, item in self._contract["paths"].items():
            for method in METHODS:
                if method in item and service in item[method]["tags"]:
                    yield path, method, item[method]

    def _parameters(self, parameters: list[Node]) -> Iterator[str]:
        if parameters:
            yield "| parameter | in | type | meaning |\n| --- | --- | --- | --- |"
            for each in map(self._met, parameters):
                schema = each["schema"]
                star = "*" if each.get("required") else ""
                told = f"{schema.get('description', '')} {each.get('description', '')}"
                meaning = _cell(told) + _bounds(schema) + _extension(each)
                yield f"| `{each['name']}`{star} | {each['in']} | {self._type(schema)} | {meaning} |"
            yield ""

    def _content(self, content: Mapping[str, Node]) -> Iterator[str]:
        for kind, media in content.items():
            schema = media.get("schema", {})
            yield f"`{kind}`: {self._type(schema)}{_extension(media)}\n"
            if "$ref" not in schema and "description" in schema:
                yield f"{schema['description'].strip()}\n"
            for example in map(self._met, media.get("examples", {}).values()):
                yield from _example(example)

    def _answers(self, responses: Mapping[str, Node]) -> Iterator[str]:
        for status, response in ((status, self._met(each)) for status, each in responses.items()):
            if status.startswith("2") and "content" in response:
                yield f"`{status}`: {response['description'].strip()}\n"
                yield from self._content(response["content"])
        yield "| status | meaning |\n| --- | --- |"
        for status, response in ((status, self._met(each)) for status, each in responses.items()):
            yield f"| {status} | {_cell(response['description'])} |"
        yield ""

    def _fields(self, schema: Node) -> Iterator[str]:
        yield "| field | type | meaning |\n| --- | --- | --- |"
        for name, field in schema["properties"].items():
            star = "*" if name in schema.get("required", ()) else ""
            told = field.get("description") or self._met(field).get("description", "")
            meaning = _cell(told) + _bounds(field) + _extension(field)
            yield f"| `{name}`{star} | {self._type(field, '')} | {meaning} |"
        yield ""

    def _type(self, schema: Node, page: str = "schemas.md") -> str:
        """A schema in words; `page` is where the schemas are, seen from the page that says it."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return f"[{name}]({page}#{name.lower()})"
        for how, between in (("allOf", " and "), ("anyOf", " or "), ("oneOf", " or ")):
            if how in schema:
                return between.join(dict.fromkeys(self._type(each, page) for each in schema[how]))
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        kinds = schema.get("type", "anything")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "format" in schema:
            kinds = [f"{each} ({schema['format']})" if each != "null" else each for each in kinds]
        words = " or ".join(kinds)
        if "items" in schema:
            words = words.replace("array", f"list of {self._type(schema['items'], page)}")
        values = schema.get("additionalProperties")
        if isinstance(values, dict):
            words += f", by name: {self._type(values, page)}"
        return words

    def _met(self, node: Node) -> Node:
        while "$ref" in node:
            found: Any = self._contract
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _in_python(service: str, operation: Node) -> Iterator[str]:
    """The method that does it, where it has one of its own."""
    page, attribute, kind = IN_PYTHON[service]
    told = operation.get("x-sdk")
    name = (told.get("name") if isinstance(told, dict) else None) or operation["operationId"]
    if hasattr(getattr(cognitora, kind), name):
        link = f"../reference/{page}.md#cognitora.{kind}.{name}"
        yield f"In Python: [`client.{attribute}.{name}`]({link})\n"


def _example(example: Node) -> Iterator[str]:
    yield f"*{example.get('summary', 'An example')}*\n"
    value = example["value"]
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    yield f"```{'text' if isinstance(value, str) else 'json'}\n{text.rstrip()}\n```\n"


def _bounds(schema: Node) -> str:
    said = ["not empty"] if schema.get("minLength") == 1 else []
    said += [
        words.format(_value(schema[word]))
        for word, words in BOUNDS.items()
        if word in schema and (word, schema[word]) != ("minLength", 1)
    ]
    return f" ({_cell('; '.join(said))})" if said else ""


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _extension(node: Node) -> str:
    if not node.get("x-cognitora-extension"):
        return ""
    feature = node.get("x-cognitora-feature")
    return f" *Extension{f' (`{feature}`)' if feature else ''}.*"


def _cell(text: str) -> str:
    """A text as the cell of a table takes it."""
    return " ".join(text.split()).replace("|", "\\|") if text.strip() else ""
