"""This machine's GPUs, as its administrator has described them to engines (the Container Device Interface).

A description says all that a container gets with a device: its nodes, files and variables. It is made by the
maker's program, such as `nvidia-ctk cdi generate`, and engines are told its name alone. See
https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
_GPU = re.compile(r"[\w.-]+/gpu")
# Makers name each device by its number, and beside that all of them, and some each by an id of its own.
_NUMBERED = re.compile(r"\d+"), re.compile(r"\d+:\d+")  # the second: parts of NVIDIA's
_MOST_BYTES = 2**20
# As programs write YAML: what is at the margin, and the items of a list with their fields.
_FIELD = re.compile(r"(?P<indent>\s*(?:-\s+)?)(?P<name>\w+):\s*(?P<value>.*?)\s*(?:\s#.*)?")


def described() -> list[str]:
    """The full name of each, such as "nvidia.com/gpu=0"; empty where there is none."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for file in sorted((*folder.glob("*.json"), *folder.glob("*.yaml"))):
            with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
                text = file.read_bytes()[:_MOST_BYTES].decode()
                kind, names = _of_json(text) if file.suffix == ".json" else _of_yaml(text)
                if _GPU.fullmatch(kind):
                    found.setdefault(kind, []).extend(names)
    return [f"{kind}={name}" for kind, names in sorted(found.items()) for name in _each_once(names)]


def told() -> str:
    """All of them, as a runtime tells by what it keeps its promises; "none" and why."""
    if names := described():
        return ", ".join(names)
    return f"none: no GPU is described in {' or '.join(map(str, FOLDERS))} (NVIDIA: nvidia-ctk cdi generate)"


def _each_once(names: list[str]) -> list[str]:
    for numbered in _NUMBERED:
        if found := {name for name in names if numbered.fullmatch(name)}:
            return sorted(found, key=lambda name: [int(part) for part in name.split(":")])
    return sorted({*names} - {"all"})


def _of_json(text: str) -> tuple[str, list[str]]:
    described = json.loads(text)
    return str(described["kind"]), [str(device["name"]) for device in described["devices"]]


def _of_yaml(text: str) -> tuple[str, list[str]]:
    """Its kind and its devices' names: all that is asked of it, in the layout in which programs write it."""
    kind, names, at = "", list[str](), ""
    item = -1  # where the fields of a device begin
    for indent, dash, name, value in _fields(text):
        if indent == 0 and not dash:
            at, item = name, -1
            kind = value if name == "kind" else kind
        elif at == "devices":
            item = indent if item < 0 else item
            if indent == item and name == "name":
                names.append(value)
    return kind, names


def _fields(text: str) -> Iterator[tuple[int, bool, str, str]]:
    for line in text.splitlines():
        if field := _FIELD.fullmatch(line):
            before = field["indent"]
            yield len(before), "-" in before, field["name"], field["value"].strip("\"'")
