"""Makes, finds and deletes the sandboxes of agents."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from agents.sandbox.manifest import Manifest
from agents.sandbox.session.dependencies import Dependencies
from agents.sandbox.session.manager import Instrumentation
from agents.sandbox.session.sandbox_client import BaseSandboxClient
from agents.sandbox.session.sandbox_session import SandboxSession
from agents.sandbox.session.sandbox_session_state import SandboxSessionState
from agents.sandbox.snapshot import SnapshotBase, SnapshotSpec, resolve_snapshot

from ... import CognitoraError, InvalidRequestError
from ..gone import is_gone
from .session import CognitoraSandboxSession
from .state import CognitoraSandboxClientOptions, CognitoraSandboxSessionState

if TYPE_CHECKING:
    from ... import CognitoraAsync
    from ..commands import Sandbox

WORK = "/work"
"""The working folder of sessions."""
ALIVE = ("active", "pending", "running")


class CognitoraSandboxClient(BaseSandboxClient[CognitoraSandboxClientOptions]):
    """Sandboxes for `SandboxRunConfig(client=CognitoraSandboxClient(client))`.

    Args:
        client: What the sandboxes are made by; it belongs to one event loop.
        instrumentation: Where the framework tells what it does.
        dependencies: What the framework gives to sessions.
    """

    backend_id = "cognitora"
    supports_default_options = True

    def __init__(
        self,
        client: CognitoraAsync,
        *,
        instrumentation: Instrumentation | None = None,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._client = client
        self._instrumentation = instrumentation or Instrumentation()
        self._dependencies = dependencies

    async def create(
        self,
        *,
        snapshot: SnapshotSpec | SnapshotBase | None = None,
        manifest: Manifest | None = None,
        options: CognitoraSandboxClientOptions | None = None,
    ) -> SandboxSession:
        """Makes a sandbox.

        Args:
            snapshot: Where its files are kept when it stops.
            manifest: What it has in it from the start.
            options: What it is made by; by default a session.

        Raises:
            InvalidRequestError: The manifest's root can't be had in a session.
            CognitoraError: The sandbox could not be made.
        """
        options = options or CognitoraSandboxClientOptions()
        manifest = self._validate_manifest_for_create(_rooted(manifest or Manifest(), options))
        session_id = uuid.uuid4()
        sandbox = await self._made(options)
        state = CognitoraSandboxSessionState(
            session_id=session_id,
            snapshot=resolve_snapshot(snapshot, str(session_id)),
            manifest=manifest,
            exposed_ports=options.exposed_ports,
            sandbox_id=sandbox.id,
            options=options,
        )
        return self._session(sandbox, state)

    async def resume(self, state: SandboxSessionState) -> SandboxSession:
        """Finds a sandbox again; where it has ended, makes another, which gets the files of the snapshot.

        Args:
            state: What it is found by.

        Raises:
            CognitoraError: It could not be asked for, or made.
        """
        if not isinstance(state, CognitoraSandboxSessionState):
            raise TypeError(f"{type(state).__name__} is no state of a sandbox of Cognitora")
        state.assert_path_grants_rebound()
        sandbox = await self._found(state)
        preserved = sandbox is not None
        if sandbox is None:
            sandbox = await self._made(state.options)
            state.sandbox_id = sandbox.id
            state.workspace_root_ready = False
        session = CognitoraSandboxSession(self._client, sandbox, state)
        session._set_start_state_preserved(preserved)
        return self._wrap_session(session, instrumentation=self._instrumentation)

    async def delete(self, session: SandboxSession) -> SandboxSession:
        """Ends a sandbox, with all in it; one that has ended already is no error.

        Args:
            session: What `create` or `resume` has given.

        Raises:
            CognitoraError: The call failed.
        """
        inner = session._inner
        if not isinstance(inner, CognitoraSandboxSession):
            raise TypeError(f"{type(inner).__name__} is no sandbox of Cognitora")
        with suppress(CognitoraError):
            await inner.shutdown()
        await inner.sandbox.close()
        return session

    def deserialize_session_state(self, payload: dict[str, object]) -> SandboxSessionState:
        """What a sandbox is found by, from JSON."""
        return self._deserialize_session_state_payload(payload, CognitoraSandboxSessionState)

    def _session(self, sandbox: Sandbox, state: CognitoraSandboxSessionState) -> SandboxSession:
        session = CognitoraSandboxSession(self._client, sandbox, state)
        return self._wrap_session(session, instrumentation=self._instrumentation)

    async def _made(self, options: CognitoraSandboxClientOptions) -> Sandbox:
        if options.image is None:
            resources = {"cpu_cores": options.cpu_cores, "memory_mb": options.memory_mb}
            return await self._client.code_interpreter.session(
                timeout_seconds=options.timeout_seconds, resources=resources
            ).open()
        return await self._client.containers.container(
            options.image,
            options.cpu_cores,
            options.memory_mb,
            options.max_cost_credits,
            timeout_seconds=options.timeout_seconds,
            networking=options.networking,
        ).open()

    async def _found(self, state: CognitoraSandboxSessionState) -> Sandbox | None:
        """The sandbox that a state is of; None where it has ended."""
        services = self._client.code_interpreter, self._client.containers
        service = services[state.options.image is not None]
        try:
            sandbox = await service.attach(state.sandbox_id)
        except CognitoraError as error:
            if is_gone(error):
                return None
            raise
        return sandbox if str(sandbox.info.status).lower() in ALIVE else None


def _rooted(manifest: Manifest, options: CognitoraSandboxClientOptions) -> Manifest:
    """A manifest whose root the sandbox has: in a session that is the working folder, or in it."""
    if options.image is not None or f"{manifest.root}/".startswith((f"{WORK}/", "/tmp/")):
        return manifest
    if manifest.root == Manifest().root:
        return manifest.model_copy(update={"root": WORK})
    raise InvalidRequestError(
        f"The manifest's root {manifest.root} can't be had in a session: it must be {WORK}, or be in it. "
        "With an image, the sandbox is a container, which takes any."
    )
