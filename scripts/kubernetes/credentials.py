"""Who is who in a cluster: its authority, its certificates, its tokens, and kubeconfigs made of them."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

import trustme

from scripts.kubernetes.layout import (
    API_ADDRESS,
    API_PORT,
    API_SERVICE,
    MOST_NODES,
    Layout,
    Node,
)

ADMINISTRATOR = "administrator"
CONTROLLERS = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
NETWORK_POLICY = "network-policy"


def make(layout: Layout, url: str) -> None:
    """Write them all into the cluster's folder. `url` is that of the API for this machine."""
    folder = layout.secrets
    folder.mkdir(mode=0o700)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.crt")
    names = ("localhost", "kubernetes", "kubernetes.default", "127.0.0.1", API_ADDRESS, API_SERVICE)
    issued = {
        "api": authority.issue_cert(*names),
        "kubelets-client": authority.issue_cert(
            "kubernetes", common_name="kubelets-client", organization_name="system:masters"
        ),
        "service-accounts": authority.issue_cert("kubernetes"),  # for its key alone
    }
    for name, certificate in issued.items():
        certificate.private_key_pem.write_to_path(folder / f"{name}.key")
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(folder / f"{name}.crt", append=True)
    users = {
        ADMINISTRATOR: "system:masters",
        NETWORK_POLICY: "system:masters",
        CONTROLLERS: "system:authenticated",
        SCHEDULER: "system:authenticated",
    }
    for number in range(1, MOST_NODES + 1):
        users[f"system:node:{Node(number).name}"] = "system:nodes"
    inside = f"https://{API_ADDRESS}:{API_PORT}"
    lines: list[str] = []
    for user, group in users.items():
        token = secrets.token_hex(16)
        lines.append(f'{token},{user},{user},"{group}"\n')
        kubeconfig(layout, user).write_text(_kubeconfig(authority, token, inside))
        if user == ADMINISTRATOR:
            layout.kubeconfig.touch(mode=0o600)
            layout.kubeconfig.write_text(_kubeconfig(authority, token, url))
    (folder / "tokens.csv").write_text("".join(lines))


def kubeconfig(layout: Layout, user: str) -> Path:
    """What a user inside the cluster needs to reach its API."""
    return layout.secrets / f"{user.rpartition(':')[2]}.kubeconfig"


def _kubeconfig(authority: trustme.CA, token: str, server: str) -> str:
    certificate = base64.b64encode(authority.cert_pem.bytes()).decode()
    cluster = {"server": server, "certificate-authority-data": certificate}
    context = {"cluster": "cluster", "user": "user", "namespace": "default"}
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "context", "context": context}],
        "current-context": "context",
    }
    return json.dumps(told, indent=1)
