"""The operations on the files of one session or container, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.tars import TAR

BYTES = {"Content-Type": "application/octet-stream"}


class Files:
    """Those of what is at `url`, asked for by `http`; each gives the answer, whatever it is."""

    def __init__(self, http: httpx.AsyncClient, url: str, **always: Any) -> None:
        self.http = http
        self.url = url
        self._always = always  # of every query and body

    async def list_folder(self, path: str, **query: Any) -> httpx.Response:
        return await self._get("filesystem", path, query)

    async def listed(self, path: str, **query: Any) -> list[str]:
        """The paths of what must be a folder, of all its pages."""
        paths: list[str] = []
        after: str | None = ""
        while after is not None:
            more = {"after": after} if after else {}
            answer = await self.list_folder(path, **query, **more)
            assert answer.status_code == 200, answer.text
            paths += [each["path"] for each in answer.json()["files"]]
            after = answer.json()["next"]
        return paths

    async def stat(self, path: str, **query: Any) -> httpx.Response:
        return await self._get("filesystem/entry", path, query)

    async def told(self, path: str, **query: Any) -> dict[str, Any]:
        """What is at a path, where something must be."""
        answer = await self.stat(path, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def make(self, path: str, **body: Any) -> httpx.Response:
        return await self._post("filesystem/folder", path=path, **body)

    async def move(self, source: str, target: str, **body: Any) -> httpx.Response:
        return await self._post("filesystem/move", source=source, target=target, **body)

    async def change(self, path: str, **body: Any) -> httpx.Response:
        url = f"{self.url}/filesystem/entry"
        return await self.http.patch(url, params={"path": path}, json={**self._always, **body})

    async def remove(self, path: str, **query: Any) -> httpx.Response:
        params = {"path": path, **self._always, **query}
        return await self.http.delete(f"{self.url}/filesystem/entry", params=params)

    async def pack(self, path: str, **query: Any) -> httpx.Response:
        return await self._get("filesystem/tar", path, query)

    async def unpack(
        self, path: str, stream: bytes | AsyncIterator[bytes], **query: Any
    ) -> httpx.Response:
        params = {"path": path, **self._always, **query}
        url = f"{self.url}/filesystem/tar"
        return await self.http.put(url, params=params, content=stream, headers=TAR)

    async def read(self, path: str, **query: Any) -> httpx.Response:
        return await self._get("files", path, query)

    async def write(
        self, path: str, content: bytes | AsyncIterator[bytes], **query: Any
    ) -> httpx.Response:
        params = {"path": path, **self._always, **query}
        return await self.http.put(
            f"{self.url}/files", params=params, content=content, headers=BYTES
        )

    async def _get(self, name: str, path: str, query: dict[str, Any]) -> httpx.Response:
        params = {"path": path, **self._always, **query}
        return await self.http.get(f"{self.url}/{name}", params=params)

    async def _post(self, name: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{self.url}/{name}", json={**self._always, **body})
