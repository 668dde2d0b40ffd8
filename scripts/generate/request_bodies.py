"""Writes what makes the requests' bodies of what callers give: `cognitora/request_bodies.py`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from scripts.generate import generator
from scripts.generate.contract import Contract
from scripts.generate.methods import Method, methods_of
from scripts.generate.parameters import Body

HEAD = '''"""The bodies of requests, made of what callers give, checked. Written by `make generate`."""

from __future__ import annotations

{imports}

from . import validation
'''


def write_requests(contract: Contract, path: Path) -> None:
    """Write the module."""
    methods = [
        method for operation in contract.operations for method in methods_of(contract, operation)
    ]
    bodies = {body.model: (method, body) for method in methods for body in method.bodies}
    functions = [_builder(method, body) for method, body in bodies.values()]
    imports = f"from cognitora_openapi.models import {', '.join(bodies)}" if bodies else ""
    path.write_text("\n".join([HEAD.format(imports=imports), *functions]), "utf-8")
    generator.tidy(path)


def _builder(method: Method, body: Body) -> str:
    declared = [
        f"{each.name}: object" + (f" = {each.usual}" if each.default else "")
        for each in body.parameters
    ]
    declared += [f"{name}: object = {value!r}" for name, value in body.constants.items()]
    passed = [each.passed for each in body.parameters]
    passed += [
        f'{name}=validation.constant("{name}", {name}, {value!r})'
        for name, value in body.constants.items()
    ]
    made = f"{body.model}({', '.join(passed)})"
    lines = [
        f'"""{body.description or "A checked request."}"""',
        *_usual(method, body),
        f"return validation.not_empty({', '.join([made, *map(repr, body.beside)])})"
        if body.never_empty
        else f"return {made}",
    ]
    head = f"def {body.builder}(*, {', '.join(declared)}) -> {body.model}:"
    return "\n".join([head, textwrap.indent("\n".join(lines), "    ")]) + "\n"


def _usual(method: Method, body: Body) -> list[str]:
    """What is said where something else isn't."""
    names = {each.name for each in body.parameters}
    lines = []
    for other, usual in method.own.get("without", {}).items():
        for name, value in usual.items():
            if not {name, other} <= names:
                raise method.error(f"x-sdk: without: there is no {name} or no {other}")
            lines += [f"if {name} is None and {other} is None:", f"    {name} = {value!r}"]
    return lines
