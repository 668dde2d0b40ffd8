"""The methods that are another one with some of its arguments said: `run_python` is `execute`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.generate.calls import TIMEOUT, declared, function, waited
from scripts.generate.docstrings import docstring, raised, sentences
from scripts.generate.methods import Method
from scripts.generate.parameters import Parameter


@dataclass(frozen=True)
class Preset:
    """One of them, as `x-sdk` says it.

    Attributes:
        description: What it does.
        order: The parameters that may be passed by position.
        fixed: The arguments that are said.
        names: What a parameter is called here.
        texts: What is said of a parameter here.
        required: The parameters that have no default here.
    """

    description: str
    order: list[str]
    fixed: Mapping[str, object] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)


def presets(method: Method) -> Iterator[str]:
    """The text of each."""
    for name, said in method.own.get("presets", {}).items():
        yield _text(method, name, _preset(method, name, said))


def _preset(method: Method, name: str, said: dict[str, Any]) -> Preset:
    try:
        preset = Preset(**said)
    except TypeError as error:
        raise method.error(f"x-sdk: {name}: {error}") from None
    known = {each.name for each in method.every_parameter}
    named = {*preset.fixed, *preset.names, *preset.texts, *preset.required}
    ordered = set(preset.order) - set(preset.names.values())
    if unknown := (named | ordered) - known:
        raise method.error(f"x-sdk: {name}: there is no {', '.join(sorted(unknown))}")
    if clash := (known & set(preset.names.values())) | (set(preset.order) & set(preset.fixed)):
        raise method.error(f"x-sdk: {name}: {', '.join(sorted(clash))} is taken")
    return preset


def _text(method: Method, name: str, preset: Preset) -> str:
    given = [
        f"{each.name}={preset.fixed[each.name]!r}"
        if each.name in preset.fixed
        else f"{each.name}={preset.names.get(each.name, each.name)}"
        for each in method.every_parameter
    ]
    call = f"self.{method.name}({', '.join([*given, 'request_timeout=request_timeout'])})"
    parameters = _parameters(method, preset)
    text = docstring(
        sentences(method, preset.description),
        parameters,
        waited(method),
        method.gives,
        raised(method),
    )
    head = ["self", *declared(parameters), TIMEOUT]
    return function("async def", name, head, method.result, text, [f"return await {call}"])


def _parameters(method: Method, preset: Preset) -> list[Parameter]:
    """Those that are left, the ones in the order given first."""
    found = [
        replace(
            each,
            name=preset.names.get(each.name, each.name),
            kind=each.kind.removesuffix(" | None") if each.name in preset.required else each.kind,
            default="" if each.name in preset.required else each.default,
            text=sentences(method, preset.texts.get(each.name, each.text)),
        )
        for each in method.every_parameter
        if each.name not in preset.fixed
    ]
    order = preset.order
    found = [replace(each, by_name=each.name not in order) for each in found]
    return sorted(found, key=lambda each: len(order) if each.by_name else order.index(each.name))
