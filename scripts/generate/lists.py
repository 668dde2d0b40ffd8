"""The iterators over what a generated method lists."""

from __future__ import annotations

from scripts.generate.calls import TIMEOUT, WAIT, declared, function, given
from scripts.generate.docstrings import INDENT, docstring
from scripts.generate.methods import PAGED, Method
from scripts.generate.parameters import Parameter


def walk(method: Method) -> str:
    """An iterator over all pages of a list."""
    kept = [each for each in method.parameters if each.name not in PAGED]
    bound = ", ".join([f"{method.operation.id}.build_request", *(each.passed for each in kept)])
    body = [
        f"build = partial({bound})",
        f'return walk(self._client, "{method.operation.id}", build,',
        f"    lambda response: {method.reading}, page_size, request_timeout)",
    ]
    (limit,) = (each for each in method.parameters if each.name == "limit")
    size = Parameter(
        "page_size",
        "int",
        limit.default,
        "",
        limit.text.replace("list at most", "fetch at a time"),
        "query",
    )
    text = docstring(
        f"Iterates over all that `{method.name}` lists, page by page.",
        [*kept, size],
        WAIT.format(what="each page"),
        method.gives,
        None,
    )
    head = ["self", *declared(kept), size.declared, TIMEOUT]
    return function(
        "def", method.iterator, head, f"AsyncGenerator[{method.answer.model}]", text, body
    )


def steps(method: Method) -> str:
    """An iterator over a list whose pages are as long as the service makes them, or a single one."""
    if method.followed:
        passed = [
            f"{method.operation.id}.build_request",
            *(one.passed for one in method.parameters),
        ]
        kind, pages, wait = "def", "page by page", "each page"
        body = [
            f"build = partial({', '.join(passed)})",
            f'return follow(self._client, "{method.operation.id}", build,',
            f"    lambda response: {method.reading}, request_timeout)",
        ]
    else:
        kind, pages, wait = "async def", "which the service gives in one page", "the answer"
        body = [f"for entry in await self.{method.name}({given(method)}):", f"{INDENT}yield entry"]
    text = docstring(
        f"Iterates over all that `{method.name}` lists, {pages}.",
        method.parameters,
        WAIT.format(what=wait),
        method.gives,
        None,
    )
    head = ["self", *declared(method.parameters), TIMEOUT]
    result = f"AsyncGenerator[{method.answer.model}]"
    return function(kind, method.iterator, head, result, text, body)
