"""Makes containers."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

from aiodocker import DockerError

from ..system import PATH
from .api import LIBPOD, VERSION, Api, failing
from .container_config import ContainerConfig, for_docker, for_podman
from .errors import EngineError, ImageError
from .oci_errors import command_error, is_refusal

# What all that a runtime makes is labelled with: its data folder, and our id of the container.
RUNTIME = "dev.cognitora.runtime"
CONTAINER = "dev.cognitora.container"
# Whether a container has a way out, and which one a pause container has the network of.
NETWORKING = "dev.cognitora.networking"
NETWORK_OF = "dev.cognitora.network-of"
# The GPUs that it has.
GPUS = "dev.cognitora.gpus"

_NO_IMAGE = ("image not known", "No such image")
_EMPTY = "localhost/cognitora/empty"
_EMPTY_TAG = "1"
# What Debian, Fedora and Alpine call it, and where other programs of theirs keep it.
_INITS = ("/usr/libexec/podman/catatonit", "/usr/lib/podman/catatonit")


async def create_container(api: Api, config: ContainerConfig) -> str:
    """Make a container; returns the engine's id.

    Raises EngineError, ImageError and CommandError.
    """
    try:
        if api.podman:
            made = await api.libpod("POST", "containers/create", for_podman(config))
        else:
            made = await api.post("containers/create", for_docker(config), name=config.name)
    except DockerError as error:
        if is_refusal(error.message):
            raise command_error(error.message) from error
        if any(words in error.message for words in _NO_IMAGE):
            raise ImageError(
                "image_not_found",
                "The image has been removed from the engine meanwhile; try again.",
            ) from error
        raise EngineError(f"The container can't be made: {error.message}.") from error
    return str(made["Id"])


def find_init() -> Path:
    """The program that persistent containers stay up by. Raises EngineError."""
    found = shutil.which("catatonit", path=PATH) or next(filter(_is_file, _INITS), None)
    if found is None:
        raise EngineError(
            "catatonit isn't here, which persistent containers stay up by; "
            "install it: apt install catatonit."
        )
    return Path(found).resolve()


async def empty_image(api: Api) -> str:
    """The id of an image with nothing in it. It is made when it is missing."""
    name = f"{_EMPTY}:{_EMPTY_TAG}"
    with failing("An empty image can't be made"):
        try:
            return str((await api.get(f"images/{name}/json"))["Id"])
        except DockerError as error:
            if error.status != 404:
                raise
        if api.podman:  # whose Docker-compatible API ignores the tag
            path, params = f"{LIBPOD}/images/import", {"reference": name}
        else:
            path = f"{VERSION}/images/create"
            params = {"fromSrc": "-", "repo": _EMPTY, "tag": _EMPTY_TAG}
        tar = {"Content-Type": "application/x-tar"}
        await api.request("POST", path, params=params, data=_empty_archive(), headers=tar)
        return str((await api.get(f"images/{name}/json"))["Id"])


def write_files(folder: Path, *, hostname: str) -> dict[str, Path]:
    """The files in /etc that an engine would write itself, by their path in the container.

    An engine's own would be files of this machine that the container may write, beyond the limit
    of its disk; and they tell this machine's name and name servers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "/etc/hosts": f"127.0.0.1 localhost {hostname}\n::1 localhost\n",
        "/etc/hostname": f"{hostname}\n",
        "/etc/resolv.conf": "nameserver 10.0.2.3\n",
        "/run/.containerenv": "",
    }
    files = {}
    for path, text in texts.items():
        file = folder / Path(path).name.removeprefix(".")
        file.write_text(text)
        file.chmod(0o644)
        files[path] = file
    return files


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _empty_archive() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        folder = tarfile.TarInfo(".cognitora")
        folder.type = tarfile.DIRTYPE
        folder.mode = 0o755
        archive.addfile(folder)
    return written.getvalue()
