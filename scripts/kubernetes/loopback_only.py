"""A CNI plugin that gives a pod no network but loopback.

containerd wants an address of an eth0 all the same: it is told one, of a range that nobody has, and there
is no such device. It runs by itself, without the project.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

_VERSION = {"cniVersion": "0.4.0", "supportedVersions": ["0.3.0", "0.3.1", "0.4.0"]}


def main() -> None:
    """Answers containerd, as the environment and the standard input ask."""
    command = os.environ["CNI_COMMAND"]
    if command == "VERSION":
        print(json.dumps(_VERSION))
    elif command == "ADD":
        print(json.dumps(_added(json.loads(_host_local()))))
    elif command == "DEL":
        _host_local()


def _host_local() -> str:
    """What the plugin that keeps addresses answers to the same question."""
    program = Path(os.environ["CNI_PATH"].split(":")[0]) / "host-local"
    return subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout


def _added(kept: dict[str, Any]) -> dict[str, Any]:
    address = kept["ips"][0]["address"].partition("/")[0]
    return {
        "cniVersion": _VERSION["cniVersion"],
        "interfaces": [{"name": os.environ["CNI_IFNAME"], "sandbox": os.environ["CNI_NETNS"]}],
        "ips": [{"version": "4", "address": f"{address}/32", "interface": 0}],
        "dns": {},
    }


if __name__ == "__main__":
    main()
