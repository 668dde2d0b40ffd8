"""Images: found in the engine, else pulled into it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiodocker

from .errors import EngineError, ImageError
from .models import Image
from .reference import Reference, normalised, parse
from .request import reason, request

# What registries and engines say, in their own words, of an image that isn't there, and of one
# that they keep for others.
_NOT_FOUND = (
    "manifest unknown",
    "name unknown",
    "not found",
    "no such image",
    "no matching manifest",
)
_REFUSED = ("unauthorized", "authentication required", "denied", "no basic auth", "forbidden")


class Images:
    """The images of one engine.

    `mapping` says what stands for which image, by names. Podman is asked in its own way, by which
    a registry on the loopback may speak plain HTTP without being in anybody's configuration; Docker
    takes it so anyway.
    """

    def __init__(
        self, docker: aiodocker.Docker, mapping: Mapping[str, str], *, podman: bool
    ) -> None:
        """Raises ImageError for a mapping that can't be read."""
        self._docker = docker
        self._mapping = normalised(mapping)
        self._podman = podman
        self._pulls: dict[str, _Pull] = {}

    async def get(self, name: str) -> Image:
        """The image that `name` names, pulled if the engine hasn't got it.

        Who asks for an image that is being pulled waits for that pull; when nobody waits any more,
        it is given up.

        Raises:
            ImageError: it is no name, there is no such image, or its registry can't be reached.
        """
        asked = parse(name)
        reference = parse(self._mapping.get(str(asked), str(asked)))
        found = await self._find(reference)
        if found is None:
            await self._pull(reference)
            found = await self._find(reference)
        if found is None:
            raise ImageError("image_unavailable", f"The image `{reference}` is gone again.")
        return described(name, str(reference), found)

    async def _find(self, reference: Reference) -> dict[str, Any] | None:
        async with request(self._docker, "GET", f"images/{reference}/json", params={}) as response:
            if response.status == 404:
                return None
            if response.status != 200:
                raise EngineError(f"The engine can't look images up: {await reason(response)}.")
            found: dict[str, Any] = await response.json()
            return found

    async def _pull(self, reference: Reference) -> None:
        key = str(reference)
        pull = self._pulls.get(key)
        if pull is None:
            pull = self._pulls[key] = _Pull(asyncio.ensure_future(self._pulled(reference)))
        pull.waiting += 1
        try:
            error = await asyncio.shield(pull.task)
        finally:
            pull.waiting -= 1
            if pull.waiting == 0 or pull.task.done():
                pull.task.cancel()
                if self._pulls.get(key) is pull:
                    del self._pulls[key]
        if error is not None:
            raise error

    async def _pulled(self, reference: Reference) -> ImageError | EngineError | None:
        """The error is a value, for when nobody is left to raise it to."""
        try:
            said = await self._ask_for(reference)
        except EngineError as error:
            return error
        return None if said is None else _error(reference, said, podman=self._podman)

    async def _ask_for(self, reference: Reference) -> str | None:
        """Has the engine pull an image; why it couldn't."""
        if self._podman:
            # Named with its transport, or `dir:5000/x` would be read as a folder of this machine.
            params = {"reference": f"docker://{reference}"}
            if reference.on_loopback:
                params["tlsVerify"] = "false"
            path = "v4.0.0/libpod/images/pull"
        else:
            params, path = {"fromImage": str(reference)}, "images/create"
        async with request(self._docker, "POST", path, params=params) as response:
            if response.status != 200:
                return await reason(response)
            async for line in response.content:
                # It says 200 before it begins: an error is one of the lines, and the pull has ended
                # when there are no more.
                if line.strip() and (said := json.loads(line).get("error")):
                    return " ".join(str(said).split())[:500].rstrip(".")
        return None


def described(name: str, reference: str, found: Mapping[str, Any]) -> Image:
    """The image that an engine tells of, in `found`."""
    config = found["Config"] or {}
    return Image(
        name,
        reference,
        found["Id"],
        config.get("WorkingDir") or "/",
        tuple(config.get("Entrypoint") or ()),
        tuple(config.get("Cmd") or ()),
        tuple(config.get("Volumes") or ()),
    )


@dataclass(slots=True)
class _Pull:
    """An image on its way, and how many wait for it."""

    task: asyncio.Future[ImageError | EngineError | None]
    waiting: int = 0


def _error(reference: Reference, said: str, *, podman: bool) -> ImageError:
    registry, lower = reference.domain, said.lower()
    if any(word in lower for word in _REFUSED):
        # Docker's service knows no log-in of its users, Podman's that of the user it runs for.
        login = (
            f"podman login {registry}"
            if podman
            else f"docker login {registry}, docker pull {reference}"
        )
        return ImageError(
            "image_not_found",
            f"The registry {registry} gives the image `{reference}` to nobody who isn't logged "
            f"in, or has no such image. Check its name, or log in: {login}. The engine says: {said}.",
        )
    if any(word in lower for word in _NOT_FOUND):
        return ImageError(
            "image_not_found",
            f"There is no image `{reference}` in the registry {registry}. Check its name and "
            f"tag. The engine says: {said}.",
        )
    return ImageError(
        "image_unavailable",
        f"The image `{reference}` can't be pulled from the registry {registry}. Check that it "
        "can be reached from this machine, or let an image that is here stand for it, by the "
        f"runtime's option --image NAME=REFERENCE. The engine says: {said}.",
    )
