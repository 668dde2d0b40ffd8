"""The text of a generated method: what it does, takes, gives and raises."""

from __future__ import annotations

import re
import textwrap

from openapi_python_client.strings import snake_case

from scripts.generate.errors import GenerationError
from scripts.generate.methods import Method
from scripts.generate.parameters import Parameter

INDENT = " " * 4
WIDTH = 102  # of a docstring's text
SUMMARY_WIDTH = 98


def docstring(
    meaning: str, parameters: list[Parameter], wait: str, gives: str, raised: list[str] | None
) -> str:
    summary, rest = meaning, ""
    if len(meaning) > SUMMARY_WIDTH:
        summary, _, rest = meaning.partition(". ")
        summary = summary.removesuffix(".") + "."
    if len(summary) > SUMMARY_WIDTH:
        raise GenerationError(f"{SUMMARY_WIDTH} characters at most: {summary}")
    lines = ['"""' + summary]
    if rest:
        lines += ["", *textwrap.wrap(rest, WIDTH)]
    lines += ["", "Args:"]
    for name, text in [*((each.name, each.text) for each in parameters), ("request_timeout", wait)]:
        lines += _wrapped(f"{name}: {text}", INDENT, INDENT * 2)
    lines += ["", "Returns:", *_wrapped(gives, INDENT, INDENT)]
    if raised:
        lines += ["", "Raises:", *(INDENT + line for line in raised)]
    return textwrap.indent("\n".join([*lines, '"""']), INDENT)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=others)


def raised(method: Method) -> list[str]:
    ids = [each.name for each in method.parameters if each.place == "path"]
    never = method.operation.definition.get("x-retry") == "never"
    repeated = " It is never repeated by itself." if never else ""
    if method.own.get("runs") or method.own.get("undo"):
        repeated = " Its `may_have_run` says whether it may have been done."
    if not ids or "404" not in method.operation.definition["responses"]:
        return [f"CognitoraError: The call failed.{repeated}"]
    missing = ids[-1].removesuffix("_id").replace("_", " ")
    return [
        f"NotFoundError: There is no such {missing}.",
        f"CognitoraError: The call failed otherwise.{repeated}",
    ]


def sentences(method: Method, text: str) -> str:
    """What the contract says of it, with the names that its parameters have here."""
    names = {each.name for each in method.every_parameter}

    def called(found: re.Match[str]) -> str:
        name = snake_case(found[1])
        return f"`{name}`" if name in names else found[0]

    return re.sub(r"`(\w+)`", called, text)
