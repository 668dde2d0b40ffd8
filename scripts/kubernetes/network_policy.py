"""Enforces NetworkPolicy on a node: follows pods, namespaces and policies, and writes the node's nftables.

`python -m scripts.kubernetes.network_policy NODE PODS KUBECONFIG`, PODS the addresses of the node's pods.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

from scripts.kubernetes.api import Api
from scripts.kubernetes.network_rules import Known, ruleset
from scripts.kubernetes.watching import KINDS, follow

_AGAIN_AFTER_S = 0.5


def main(node: str, pods: str, kubeconfig: str) -> None:
    """Runs until it is killed. What it did last stays in force."""
    api, known = Api(Path(kubeconfig)), Known()
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    for kind in KINDS:
        arguments = (api, kind, getattr(known, kind), changes.put)
        threading.Thread(target=follow, args=arguments, daemon=True).start()
    listed: set[str] = set()
    written = ""
    while True:
        listed.add(changes.get())
        while not changes.empty():
            listed.add(changes.get())
        if listed != set(KINDS):
            continue
        rules = ruleset(known, node, pods)
        while rules != written:
            done = subprocess.run(["nft", "-f", "-"], input=rules, text=True)
            if done.returncode == 0:
                written = rules
            else:
                print(rules, flush=True)
                time.sleep(_AGAIN_AFTER_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
