"""Holds what crosses the wire against `openapi.yaml`.

Independent of the code under test: it reads the authored contract, with another validator than the
runtime's, so that a mistake in the generated package or in the runtime can't hide itself.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

OPENAPI = Path(__file__).resolve().parent.parent / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete")
# What a server may say before it has looked at the operation: no such path, no such method.
BEFORE_ROUTING = (404, 405)


class ContractError(AssertionError):
    """A request or an answer that `openapi.yaml` doesn't allow."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `body` is None where it was streamed and isn't looked at."""

    method: str
    url: str
    request_type: str
    request_body: bytes | None
    status: int
    answer_type: str
    answer_body: bytes | None


class Contract:
    """Checks exchanges, and remembers with which statuses each operation was answered."""

    def __init__(self, document: dict[str, Any]) -> None:
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._document = document
        self._registry = Registry().with_resource("urn:contract", resource)
        self._routes = sorted(self._list_routes(), key=lambda route: route[1].count("{"))
        self.exercised: defaultdict[str, set[int]] = defaultdict(set)

    @property
    def operations(self) -> dict[str, dict[str, Any]]:
        """The contract's operations by operationId."""
        return {operation["operationId"]: operation for _, _, operation in self._routes}

    def check(self, exchange: Exchange, *, request_may_be_wrong: bool = False) -> None:
        """Raise ContractError unless request and answer are as the contract says.

        With `request_may_be_wrong` a request outside the contract is allowed, if it is refused.
        """
        parts = urlsplit(exchange.url)
        found = self._find(exchange.method, parts.path)
        if found is None:
            self._check_unrouted(exchange, request_may_be_wrong)
            return
        operation, values = found
        wrong = list(self._request_mistakes(operation, values, parts.query, exchange))
        if wrong and not (request_may_be_wrong and 400 <= exchange.status < 500):
            raise ContractError(
                self._say(exchange, f"the request is outside the contract: {wrong}")
            )
        self._check_answer(operation, exchange)
        self.exercised[operation["operationId"]].add(exchange.status)

    def check_request(self, method: str, url: str, kind: str, body: bytes | None) -> None:
        """Raise ContractError unless a request, whatever its answer, is as the contract says.

        Args:
            method: In upper case.
            url: With its query; the host doesn't matter.
            kind: The header Content-Type.
            body: None where it isn't looked at.
        """
        exchange = Exchange(method, url, kind, body, 0, "", None)
        parts = urlsplit(url)
        found = self._find(method, parts.path)
        if found is None:
            raise ContractError(f"{method} {url}: no such operation")
        wrong = list(self._request_mistakes(*found, parts.query, exchange))
        if wrong:
            raise ContractError(f"{method} {url}: the request is outside the contract: {wrong}")

    def _list_routes(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    operation = item[method]
                    parameters = [*shared, *operation.get("parameters", [])]
                    yield method, path, {**operation, "parameters": parameters}

    def _find(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        for known, template, operation in self._routes:
            if known == method.lower():
                match = _pattern(template).fullmatch(path)
                if match:
                    return operation, {k: unquote(v) for k, v in match.groupdict().items()}
        return None

    def _check_unrouted(self, exchange: Exchange, request_may_be_wrong: bool) -> None:
        if not request_may_be_wrong:
            raise ContractError(self._say(exchange, "no such operation"))
        if exchange.status not in (*BEFORE_ROUTING, 401):
            raise ContractError(self._say(exchange, "an unknown operation was answered"))

    def _request_mistakes(
        self, operation: dict[str, Any], values: dict[str, str], query: str, exchange: Exchange
    ) -> Iterator[str]:
        given = dict(parse_qsl(query, keep_blank_values=True))
        for parameter in map(self._resolve, operation["parameters"]):
            name, place = parameter["name"], parameter["in"]
            source = {"path": values, "query": given}.get(place)
            if source is None:
                continue
            if name not in source:
                if parameter.get("required"):
                    yield f"{name} is missing"
                continue
            value = _read(source.pop(name), parameter["schema"])
            yield from self._schema_mistakes(parameter["schema"], value, name)
        yield from (f"{name} is not a parameter" for name in given)
        yield from self._body_mistakes(operation, exchange)

    def _body_mistakes(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        wanted = operation.get("requestBody")
        if wanted is None:
            if exchange.request_body:
                yield "a body where none is expected"
            return
        kind = _media_type(exchange.request_type)
        if kind not in wanted["content"]:
            yield f"a body of type {kind!r}"
        elif kind == "application/json" and exchange.request_body is not None:
            try:
                value = json.loads(exchange.request_body)
            except ValueError:
                yield "a body that isn't JSON"
                return
            yield from self._schema_mistakes(wanted["content"][kind]["schema"], value, "body")

    def _check_answer(self, operation: dict[str, Any], exchange: Exchange) -> None:
        documented = operation["responses"].get(str(exchange.status))
        if documented is None:
            raise ContractError(
                self._say(exchange, f"the status {exchange.status} is not documented")
            )
        content = self._resolve(documented).get("content")
        if content is None:
            if exchange.answer_body:
                raise ContractError(self._say(exchange, "a body where none is documented"))
            return
        kind = _media_type(exchange.answer_type)
        if kind not in content:
            raise ContractError(self._say(exchange, f"an answer of type {kind!r}"))
        if kind == "application/json" and exchange.answer_body is not None:
            value = json.loads(exchange.answer_body)
            mistakes = list(self._schema_mistakes(content[kind]["schema"], value, "answer"))
            if mistakes:
                raise ContractError(
                    self._say(exchange, f"the answer is outside the contract: {mistakes}")
                )

    def _schema_mistakes(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        validator = OAS31Validator(
            _rebase(schema), registry=self._registry, format_checker=oas31_format_checker
        )
        for error in validator.iter_errors(value):
            yield f"{where}{error.json_path[1:]}: {error.message[:200]}"

    def _resolve(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        node: Any = self._document
        for step in item["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        return dict(node)

    @staticmethod
    def _say(exchange: Exchange, what: str) -> str:
        body = (exchange.answer_body or b"")[:300]
        return f"{exchange.method} {exchange.url} -> {exchange.status}: {what}\n{body!r}"


def load() -> Contract:
    """The checker of `openapi.yaml`."""
    # The parser in C takes a tenth of the time, and each of the tests' processes reads it.
    return Contract(yaml.load(OPENAPI.read_text(), Loader=yaml.CSafeLoader))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _read(text: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _rebase(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {
            key: f"urn:contract{value}" if key == "$ref" else _rebase(value)
            for key, value in schema.items()
        }
    return [_rebase(item) for item in schema] if isinstance(schema, list) else schema


class CheckedAsyncTransport(httpx.AsyncBaseTransport):
    """An httpx transport that holds each exchange against the contract."""

    def __init__(
        self, contract: Contract, inner: httpx.AsyncBaseTransport, *, request_may_be_wrong: bool
    ) -> None:
        self._contract = contract
        self._inner = inner
        self._lenient = request_may_be_wrong

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the answer whole, check both."""
        response = await self._inner.handle_async_request(request)
        await response.aread()
        self._contract.check(_exchange(request, response), request_may_be_wrong=self._lenient)
        return response

    async def aclose(self) -> None:
        """Close what is below."""
        await self._inner.aclose()


def _exchange(request: httpx.Request, response: httpx.Response) -> Exchange:
    streamed = isinstance(request.stream, AsyncIterator | Iterator)
    try:
        body = None if streamed else request.content
    except httpx.RequestNotRead:
        body = None
    return Exchange(
        method=request.method,
        url=str(request.url.raw_path, "ascii"),
        request_type=request.headers.get("content-type", ""),
        request_body=body,
        status=response.status_code,
        answer_type=response.headers.get("content-type", ""),
        answer_body=response.content,
    )
