"""What only root can have on this machine, and what an ordinary user can do instead."""

from __future__ import annotations

import os

import pytest

IS_ROOT = os.geteuid() == 0

# Reasons, for `pytest.mark.root(REASON)` and `need_root(REASON)`.
CONTAINERS = "only root is given a container engine"
MOUNTS = "only root can mount a file system, as storage_gb needs it"
NETWORKS = (
    "only root can lay a cable to another network; that an ordinary user's sandboxes reach it and "
    "not the machine is tried by tests/sandbox/test_ordinary_user.py when root runs it"
)
USERS = "only root can be another user, and give sandboxes users of their own"
PROGRAMS = "only root installs programs"

# Before a program, makes it root, though not of the machine: of name spaces of its own.
AS_ROOT = [] if IS_ROOT else ["unshare", "--user", "--map-root-user", "--mount"]
# Options of `unshare` with which it makes name spaces for who isn't root.
AS_ITSELF = [] if IS_ROOT else ["--user", "--map-current-user"]


def need_root(reason: str) -> None:
    """Skip the test that runs, or whose fixture this is, where it isn't root's."""
    if not IS_ROOT:
        pytest.skip(f"needs root: {reason}")
