"""Inspect's own checks of what a sandbox must do, in a session and in containers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from inspect_ai.util._sandbox.self_check import *  # noqa: F403

from cognitora.integrations.inspect_ai import CognitoraSandboxConfig, CognitoraSandboxEnvironment
from tests.conftest import Runtime
from tests.integrations.inspect_ai.conftest import sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_ADDUSER = "neither Debian's busybox nor this image has an adduser"
WAYS: dict[str, dict[str, str]] = {
    "session": {"test_exec_as_user": "a session has one user"},
    "nonroot": {"test_exec_as_user": NO_ADDUSER},
}
"""The sandboxes, and what can't be in each."""


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=WAYS)
async def made(
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[str, CognitoraSandboxEnvironment]]:
    image = None if request.param == "session" else request.param
    runtime: Runtime = request.getfixturevalue("images_runtime" if image else "runtime")
    async with sandbox(runtime, CognitoraSandboxConfig(image=image)) as environment:
        yield request.param, environment


@pytest.fixture
def sandbox_env(
    request: pytest.FixtureRequest, made: tuple[str, CognitoraSandboxEnvironment]
) -> CognitoraSandboxEnvironment:
    way, environment = made
    reason = WAYS[way].get(request.node.originalname)
    if reason is not None:
        request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    return environment
