"""Names of images: what they mean, and nothing else.

The grammar is the one of the registries (https://github.com/distribution/reference). A name reaches
the engine only in its full form, so it can be neither an option, nor a path, nor an image's id.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import ImageError

_DOCKER_HUB = "docker.io"
_LENGTH = 255  # of the name without tag and digest, as registries have it

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
# A host's full name: Podman reads `dir:5000/x` and the like as files of this machine.
_DOMAIN = re.compile(rf"(?:localhost|{_LABEL}(?:\.{_LABEL})+)(?::[0-9]{{1,5}})?")
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Reference:
    """An image of a registry. It has a tag or a digest; a digest makes a tag superfluous."""

    domain: str
    path: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        end = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.domain}/{self.path}{end}"

    @property
    def on_loopback(self) -> bool:
        """Whether its registry is on this machine's loopback, where plain HTTP is good enough."""
        host = self.domain.partition(":")[0]
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def parse(name: str) -> Reference:
    """Read an image's name: `python:3.11` is `docker.io/library/python:3.11`; no tag is `latest`.

    Raises:
        ImageError: "invalid_image", when it is no such name.
    """
    rest, digest = _digest(name)
    rest, tag = _tag(name, rest)
    domain, path = _domain(rest)
    if not _DOMAIN.fullmatch(domain):
        raise _invalid(
            name, f"`{domain[:80]}` is no registry's host name, with a dot in it, or localhost"
        )
    for part in path.split("/"):
        if not _PART.fullmatch(part):
            raise _invalid(name, _wrong_part(part))
    if len(f"{domain}/{path}") > _LENGTH:
        raise _invalid(name, f"it has more than {_LENGTH} characters")
    if _ID.fullmatch(rest):
        raise _invalid(name, "an image is asked for by its name, not by its id")
    return Reference(domain, path, None if digest else tag or "latest", digest)


def parse_mapping(texts: Iterable[str]) -> dict[str, str]:
    """Read what stands for which image, from texts `NAME=REFERENCE`; both in their full form.

    Raises:
        ImageError: "invalid_image", for a text that doesn't read so, and for a name given twice.
    """
    mapping: dict[str, str] = {}
    for text in texts:
        name, equals, target = text.partition("=")
        if not equals:
            raise _invalid(text, "write it as NAME=REFERENCE, with one `=`", "image mapping")
        try:
            asked, meant = str(parse(name)), str(parse(target))
        except ImageError as error:
            raise _invalid(text, str(error).removesuffix("."), "image mapping") from None
        if mapping.setdefault(asked, meant) != meant:
            raise _invalid(
                text, f"`{asked}` stands for `{mapping[asked]}` already", "image mapping"
            )
    return mapping


def normalised(mapping: Mapping[str, str]) -> dict[str, str]:
    """The same mapping, with names and references in their full form. Raises ImageError."""
    return parse_mapping(f"{name}={target}" for name, target in mapping.items())


def _digest(name: str) -> tuple[str, str | None]:
    rest, at, digest = name.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise _invalid(name, "after the `@` stands a digest: sha256: and 64 hexadecimal digits")
    return rest, digest or None


def _tag(name: str, rest: str) -> tuple[str, str | None]:
    before, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # a registry's port, if anything
        return rest, None
    if not _TAG.fullmatch(tag):
        raise _invalid(
            name, "a tag has letters, digits, `_`, `.` and `-`, at most 128, not `.` or `-` first"
        )
    return before, tag


def _domain(rest: str) -> tuple[str, str]:
    """The registry's part, which looks like a host, and the path in it."""
    first, slash, path = rest.partition("/")
    if not slash or not (first == "localhost" or set(first) & set(".:") or first != first.lower()):
        first, path = _DOCKER_HUB, rest
    if first == f"index.{_DOCKER_HUB}":
        first = _DOCKER_HUB
    if first == _DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return first, path


def _wrong_part(part: str) -> str:
    if not part:
        return "a part of it is empty"
    if part != part.lower():
        return f"`{part[:80]}` has capitals"
    return (
        f"`{part[:80]}` isn't made of small letters and digits, with single `.`, `_`, `__` or dashes "
        "between them"
    )


def _invalid(text: str, what: str, kind: str = "image name") -> ImageError:
    return ImageError("invalid_image", f"{text[:120]!r} is no {kind}: {what}.")
