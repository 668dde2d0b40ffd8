"""Sandboxes as Inspect makes them, on the runtimes of the tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from unittest import mock

import pytest
from inspect_ai.util import SandboxEnvironmentConfigType

from cognitora.integrations.inspect_ai import CognitoraSandboxEnvironment
from tests.conftest import Runtime, run
from tests.images import Image, Unavailable, arguments, filesystems, push, served
from tests.needs import CONTAINERS, need_root

IMAGES = ("python:3.11", "nonroot")


def variables(runtime: Runtime) -> dict[str, str]:
    return {"COGNITORA_BASE_URL": runtime.base_url, "COGNITORA_API_KEY": runtime.api_key}


@asynccontextmanager
async def sandbox(
    runtime: Runtime, config: SandboxEnvironmentConfigType | None
) -> AsyncIterator[CognitoraSandboxEnvironment]:
    """The sandbox of a sample."""
    kind = CognitoraSandboxEnvironment
    with mock.patch.dict(os.environ, variables(runtime)):
        await kind.task_init("a task", config)
        try:
            made = await kind.sample_init("a task", config, {})
            try:
                yield made["default"].as_type(kind)
            finally:
                await kind.sample_cleanup("a task", config, made, interrupted=False)
        finally:
            await kind.task_cleanup("a task", config, cleanup=True)


@pytest.fixture(scope="session")
def images_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime with images for containers: one whose user is root, and one whose user isn't."""
    need_root(CONTAINERS)
    try:
        with served(tmp_path_factory.mktemp("images") / "registry") as registry:
            files = filesystems.busybox({"usr/bin/env": ""})
            nonroot = Image(files, user="nobody", working_dir="/tmp", command=["sh"])
            push(nonroot, registry.address, ["nonroot:latest"])
            folder = tmp_path_factory.mktemp("runtime")
            named = ["--image", f"nonroot={registry.address}/nonroot:latest"]
            store = ["--container-store", str(tmp_path_factory.mktemp("containers"))]
            with run(folder, *arguments(registry), *named, *store) as runtime:
                yield runtime
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def on_runtime(runtime: Runtime) -> Iterator[Runtime]:
    """A runtime that the environment names."""
    with mock.patch.dict(os.environ, variables(runtime)):
        yield runtime
