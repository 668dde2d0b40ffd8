"""An image as registries have it: a compressed layer, a configuration, and a manifest of both."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import json
import platform
import tarfile
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Image:
    """A file system and how a container of it is run.

    Attributes:
        filesystem: a tar.
        environment, user, working_dir, entrypoint, command, labels, volumes: as in a Dockerfile.
    """

    filesystem: bytes = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/bin:/bin"})
    user: str = ""
    working_dir: str = ""
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    volumes: Sequence[str] = ()


def push(image: Image, address: str, names: Sequence[str]) -> None:
    """Put an image into the registry at `address`, as each of `names` (`python:3.11`)."""
    layer = gzip.compress(image.filesystem, compresslevel=1, mtime=0)
    config = json.dumps(_config(image)).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _described(_CONFIG, config),
        "layers": [_described(_LAYER, layer)],
    }
    for name in names:
        repository, _, tag = name.partition(":")
        for blob in (layer, config):
            location = _ask(address, "POST", f"/v2/{repository}/blobs/uploads/", b"", 202)
            where = urllib.parse.urlsplit(location)
            digest = urllib.parse.urlencode({"digest": _digest(blob)})
            _ask(address, "PUT", f"{where.path}?{where.query}&{digest}", blob, 201)
        body = json.dumps(manifest).encode()
        _ask(address, "PUT", f"/v2/{repository}/manifests/{tag}", body, 201, _MANIFEST)


def archive(image: Image, names: Sequence[str]) -> bytes:
    """An image as a file that engines load, as each of `names` (`docker.io/library/python:3.11`)."""
    config = json.dumps(_config(image)).encode()
    manifest = [{"Config": "config.json", "RepoTags": [*names], "Layers": ["layer.tar"]}]
    parts = {
        "manifest.json": json.dumps(manifest).encode(),
        "config.json": config,
        "layer.tar": image.filesystem,
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _config(image: Image) -> dict[str, Any]:
    machine = platform.machine()
    settings = {
        "Env": [f"{name}={value}" for name, value in image.environment.items()],
        "User": image.user,
        "WorkingDir": image.working_dir,
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "Labels": dict(image.labels),
        "Volumes": {path: {} for path in image.volumes},
    }
    return {
        "architecture": _ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {name: value for name, value in settings.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [_digest(image.filesystem)]},
        "history": [{"created_by": "tests/images"}],
    }


def _described(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _ask(
    address: str,
    method: str,
    path: str,
    body: bytes,
    status: int,
    media_type: str = "application/octet-stream",
) -> str:
    """Ask the registry; where it says that the answer is."""
    connection = http.client.HTTPConnection(address)
    try:
        connection.request(method, path, body, {"Content-Type": media_type})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == status, (method, path, answer.status, text)
        return answer.headers.get("Location", "")
    finally:
        connection.close()
