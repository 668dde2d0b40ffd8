"""The network of a sandbox or container, as programs of this machine enter it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import capabilities, namespace
from .process import Handle


@dataclass(frozen=True, slots=True)
class NetworkNamespace:
    """A network's namespace, and the user namespace to enter for it: None where there is no need."""

    network: int
    users: int | None

    @property
    def fds(self) -> tuple[int, ...]:
        return (self.network,) if self.users is None else (self.network, self.users)

    @property
    def nsenter(self) -> list[str]:
        """The options of nsenter that enter it."""
        network = f"--net=/proc/self/fd/{self.network}"
        if self.users is None:
            return [network]
        return [network, f"--user=/proc/self/fd/{self.users}", "--preserve-credentials"]

    @property
    def slirp(self) -> list[str]:
        """The options of slirp4netns that serve it."""
        network = f"/proc/self/fd/{self.network}"
        if self.users is None:
            # It keeps this program's rights until it has shut itself in, with none.
            return ["--enable-sandbox", network]
        # Not --enable-sandbox: it needs a root in the sandbox's user namespace, or to be root
        # outside, and as the sandbox's own user, which owns nothing, it can do less than as that.
        return [f"--userns-path=/proc/self/fd/{self.users}", network]


@contextmanager
def network_namespace(first: Handle, user: int | None) -> Iterator[NetworkNamespace]:
    """That of the process `first`, for programs of `user` (None: who this one runs as).

    Raises OSError when it has ended, or has no network of its own.
    """
    with ExitStack() as opened:
        try:
            network = os.open(f"/proc/{first.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError as error:
            raise OSError(capabilities.lacking(("SYS_PTRACE",)) or str(error)) from error
        opened.callback(os.close, network)
        first.signal(0)  # so nobody else has had its pid, when its namespace was opened
        if _is_ours(network, "net"):
            raise OSError("it has no network of its own")
        users = fcntl.ioctl(network, namespace.NS_GET_USERNS)
        opened.callback(os.close, users)
        # One can't enter the user namespace that one is in, nor needs to; and root, who needn't for
        # any beneath its own, is nobody there.
        stays = _is_ours(users, "user") or (user is None and os.geteuid() == 0)
        yield NetworkNamespace(network, None if stays else users)


def _is_ours(namespace: int, kind: str) -> bool:
    return os.path.samestat(os.fstat(namespace), Path(f"/proc/self/ns/{kind}").stat())
