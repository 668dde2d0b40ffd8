# Derived from ../_async/operations/interpreter.py by `make generate`: change that, not this.
"""The plain operations of the interpreter service, written by `make generate`."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from functools import partial

from cognitora_openapi.api.interpreter import (
    change_session_file,
    create_session,
    delete_session,
    execute_code,
    expose_session_port,
    get_execution,
    get_session,
    get_session_egress,
    get_session_file,
    get_session_logs,
    list_executions,
    list_session_executions,
    list_session_files,
    list_session_ports,
    list_sessions,
    make_session_folder,
    move_session_file,
    remove_session_file,
    set_session_egress,
    unexpose_session_port,
    update_session,
)
from cognitora_openapi.models import (
    EgressStatus,
    ExecuteCodeRequest,
    FileEntry,
    Language,
    Session,
    SessionDetails,
    SessionLogEntry,
    SessionResourcesRequest,
)

from ... import parsing, request_bodies, validation
from ..._concurrency.threads import acquire
from ...deadline import GRACE_SECONDS, RUN_SECONDS
from ...file_uploads import Files
from ...results import ExecuteCodeResponse, ExposedPort, InterpreterExecution
from ...sandbox_text import InnerPath
from ..cleanup import undoing
from ..files_along import with_files
from ..pages import follow, walk
from ..resource import Resource


class InterpreterOperations(Resource):
    """The operations that are as the contract says them."""

    def execute(
        self,
        code: str | ExecuteCodeRequest,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs code and answers when it has ended.

        Without `session_id` it runs in a fresh sandbox that is thrown away afterwards; with it, in that
        session, where variables, imports and files persist. Code that fails or runs out of time is no error
        of the call: `data.status` and `errors` tell.

        Args:
            code: The code. Servers limit its size (a local runtime to 1 MiB, unless told otherwise). Or a
                request object, which says all but `request_timeout`.
            language: The code's language, `python`, `javascript` or `bash`. Without it the session's own, and
                Python without a session.
            session_id: The session to run in. Without it the code runs in a fresh sandbox of its own.
            files: Files to write into the work folder before the code runs. Paths of this machine, each of
                which goes by its last part, and `FileUpload`s; or a dictionary from names to bytes, texts or
                such paths.
            timeout_seconds: How long the code may run, in seconds. What it printed until then is answered,
                with the status `timeout`.
            environment: Environment variables, by name.
            networking: Whether the code may reach the internet; without it, it may, unless its session was
                created without.
            stdin: What the code reads from its standard input, which ends there; by default nothing.
            egress: What of the outside the code may reach with networking, in the words of `set_egress`:
                `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it what its session may reach,
                and everything outside without one or where it has no list.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised: `result.ok`, `.text`, `.stdout`, `.error`, `.images`,
            and in full `result.data.outputs`.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        given: dict[str, object] = {
            "code": code,
            "language": language,
            "session_id": session_id,
            "files": files,
            "timeout_seconds": timeout_seconds,
            "environment": environment,
            "networking": networking,
            "stdin": stdin,
            "egress": egress,
        }
        if isinstance(code, ExecuteCodeRequest):
            given = validation.fields_of(code, given, timeout_seconds=60)
        body = with_files(request_bodies.execute_code_request, **given)
        built = execute_code.build_request(body=body)
        response = self._client.call(
            "execute_code",
            built,
            request_timeout,
            (body.timeout_seconds or RUN_SECONDS["execute_code"]) + GRACE_SECONDS,
        )
        return parsing.one(response, ExecuteCodeResponse)

    def run_python(
        self,
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs Python, as `execute` does.

        Args:
            code: The code. Servers limit its size (a local runtime to 1 MiB, unless told otherwise).
            session_id: The session to run in. Without it the code runs in a fresh sandbox of its own.
            files: Files to write into the work folder before the code runs. Paths of this machine, each of
                which goes by its last part, and `FileUpload`s; or a dictionary from names to bytes, texts or
                such paths.
            timeout_seconds: How long the code may run, in seconds. What it printed until then is answered,
                with the status `timeout`.
            environment: Environment variables, by name.
            networking: Whether the code may reach the internet; without it, it may, unless its session was
                created without.
            stdin: What the code reads from its standard input, which ends there; by default nothing.
            egress: What of the outside the code may reach with networking, in the words of `set_egress`:
                `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it what its session may reach,
                and everything outside without one or where it has no list.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised: `result.ok`, `.text`, `.stdout`, `.error`, `.images`,
            and in full `result.data.outputs`.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        return self.execute(
            code=code,
            language="python",
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    def run_javascript(
        self,
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs JavaScript, as `execute` does.

        Args:
            code: The code. Servers limit its size (a local runtime to 1 MiB, unless told otherwise).
            session_id: The session to run in. Without it the code runs in a fresh sandbox of its own.
            files: Files to write into the work folder before the code runs. Paths of this machine, each of
                which goes by its last part, and `FileUpload`s; or a dictionary from names to bytes, texts or
                such paths.
            timeout_seconds: How long the code may run, in seconds. What it printed until then is answered,
                with the status `timeout`.
            environment: Environment variables, by name.
            networking: Whether the code may reach the internet; without it, it may, unless its session was
                created without.
            stdin: What the code reads from its standard input, which ends there; by default nothing.
            egress: What of the outside the code may reach with networking, in the words of `set_egress`:
                `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it what its session may reach,
                and everything outside without one or where it has no list.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised: `result.ok`, `.text`, `.stdout`, `.error`, `.images`,
            and in full `result.data.outputs`.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        return self.execute(
            code=code,
            language="javascript",
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    def run_bash(
        self,
        command: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs Bash, as `execute` does.

        Args:
            command: One line of Bash or many.
            session_id: The session to run in. Without it the code runs in a fresh sandbox of its own.
            files: Files to write into the work folder before the code runs. Paths of this machine, each of
                which goes by its last part, and `FileUpload`s; or a dictionary from names to bytes, texts or
                such paths.
            timeout_seconds: How long the code may run, in seconds. What it printed until then is answered,
                with the status `timeout`.
            environment: Environment variables, by name.
            networking: Whether the code may reach the internet; without it, it may, unless its session was
                created without.
            stdin: What the code reads from its standard input, which ends there; by default nothing.
            egress: What of the outside the code may reach with networking, in the words of `set_egress`:
                `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it what its session may reach,
                and everything outside without one or where it has no list.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised: `result.ok`, `.text`, `.stdout`, `.error`, `.images`,
            and in full `result.data.outputs`.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        return self.execute(
            code=command,
            language="bash",
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    def run_with_files(
        self,
        code: str,
        files: Files,
        language: Language | str | None = None,
        session_id: str | None = None,
        *,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Writes files into the work folder, then runs code, as `execute` does.

        Args:
            code: The code. Servers limit its size (a local runtime to 1 MiB, unless told otherwise).
            files: Files to write into the work folder before the code runs. Paths of this machine, each of
                which goes by its last part, and `FileUpload`s; or a dictionary from names to bytes, texts or
                such paths.
            language: The code's language, `python`, `javascript` or `bash`. Without it the session's own, and
                Python without a session.
            session_id: The session to run in. Without it the code runs in a fresh sandbox of its own.
            timeout_seconds: How long the code may run, in seconds. What it printed until then is answered,
                with the status `timeout`.
            environment: Environment variables, by name.
            networking: Whether the code may reach the internet; without it, it may, unless its session was
                created without.
            stdin: What the code reads from its standard input, which ends there; by default nothing.
            egress: What of the outside the code may reach with networking, in the words of `set_egress`:
                `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it what its session may reach,
                and everything outside without one or where it has no list.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised: `result.ok`, `.text`, `.stdout`, `.error`, `.images`,
            and in full `result.data.outputs`.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        return self.execute(
            code=code,
            language=language,
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    def list_sessions(
        self, *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> list[Session]:
        """Lists the active sessions of the account, the newest first.

        Args:
            metadata: List only what has all of these words in its metadata.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_sessions.build_request(
            metadata=validation.if_any(validation.metadata_filter, "metadata", metadata)
        )
        response = self._client.call("list_sessions", built, request_timeout)
        return parsing.many(response, Session, "data", "sessions")

    def iter_sessions(
        self, *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> Generator[Session]:
        """Iterates over all that `list_sessions` lists, which the service gives in one page.

        Args:
            metadata: List only what has all of these words in its metadata.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions, the newest first.
        """
        for entry in self.list_sessions(metadata=metadata, request_timeout=request_timeout):
            yield entry

    def create_session(
        self,
        language: Language | str | None = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        image: None = None,
        request_timeout: float | None = None,
    ) -> Session:
        """Creates a session, a sandbox that keeps variables, imports and files until it ends.

        `session` does the same and deletes it in the end.

        Args:
            language: The one language of the session, `python`, `javascript` or `bash`.
            timeout_seconds: How long the session lives, in seconds. The service's default is one day.
            expires_at: When the session ends; given both, the earlier of this and `timeout_seconds` counts. A
                datetime with a time zone, or ISO 8601 text.
            environment: Environment variables, by name.
            resources: What a session may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB).
            metadata: Words of your own about it, by name; lists can be filtered by them.
            networking: Whether its code may reach the internet at all; without it, it may. Where it is off,
                no execution has networking, and one that asks for it is refused. Where sandboxes are pods of
                a cluster, a session has its network for good, so there every execution has what its session
                was created with, and one that asks for other than that is refused.
            egress: What of the outside the session's code may reach with networking, in the words of
                `set_egress`: `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it everything
                outside.
            image: A session runs the service's own image. For one of your own use containers.container(image,
                …).
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session; its `session_id` is what `execute` takes.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        validation.refuse(
            image,
            "A session runs the service's own image. For one of your own use containers.container(image, …).",
        )
        built = create_session.build_request(
            body=request_bodies.create_session_request(
                language=language,
                timeout_seconds=timeout_seconds,
                expires_at=expires_at,
                environment=environment,
                resources=resources,
                metadata=metadata,
                networking=networking,
                egress=egress,
            )
        )

        def make() -> Session:
            response = self._client.call("create_session", built, request_timeout)
            return parsing.one(response, Session, "data")

        return acquire(make, undoing(self.delete_session, "session", "session_id"))

    def get_session(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> SessionDetails:
        """Gets a session with its executions, the newest first.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session.build_request(validation.identifier("session_id", session_id))
        response = self._client.call("get_session", built, request_timeout)
        return parsing.one(response, SessionDetails, "data")

    def delete_session(self, session_id: str, *, request_timeout: float | None = None) -> bool:
        """Ends a session, stops what runs in it and removes its files. Its records stay readable.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = delete_session.build_request(validation.identifier("session_id", session_id))
        self._client.call("delete_session", built, request_timeout)
        return True

    def update_session(
        self,
        session_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session:
        """Gives a session a new end, counted in seconds from now or as a point in time.

        Args:
            session_id: The session's id.
            timeout_seconds: How long the session lives from now on, in seconds.
            expires_at: When the session ends, instead of `timeout_seconds`. A datetime with a time zone, or
                ISO 8601 text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session, with its new end.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise. It is never repeated by itself.
        """
        built = update_session.build_request(
            validation.identifier("session_id", session_id),
            body=request_bodies.session_update_request(
                timeout_seconds=timeout_seconds, expires_at=expires_at
            ),
        )
        response = self._client.call("update_session", built, request_timeout)
        return parsing.one(response, Session, "data")

    def get_session_logs(
        self,
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        request_timeout: float | None = None,
    ) -> list[SessionLogEntry]:
        """Lists what was printed and raised in a session, one entry an output, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The entries, the newest first.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session_logs.build_request(
            validation.identifier("session_id", session_id),
            limit=validation.whole("limit", limit, least=1, most=1000),
            offset=validation.whole("offset", offset, least=0),
        )
        response = self._client.call("get_session_logs", built, request_timeout)
        return parsing.many(response, SessionLogEntry, "data", "logs")

    def iter_session_logs(
        self, session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[SessionLogEntry]:
        """Iterates over all that `get_session_logs` lists, page by page.

        Args:
            session_id: The session's id.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The entries, the newest first.
        """
        build = partial(
            get_session_logs.build_request, validation.identifier("session_id", session_id)
        )
        return walk(
            self._client,
            "get_session_logs",
            build,
            lambda response: parsing.many(response, SessionLogEntry, "data", "logs"),
            page_size,
            request_timeout,
        )

    def get_session_executions(
        self,
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the executions of one session, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = list_session_executions.build_request(
            validation.identifier("session_id", session_id),
            limit=validation.whole("limit", limit, least=1, most=1000),
            offset=validation.whole("offset", offset, least=0),
            outputs=validation.if_any(validation.boolean, "outputs", outputs),
        )
        response = self._client.call("list_session_executions", built, request_timeout)
        return parsing.many(response, InterpreterExecution, "executions")

    def iter_session_executions(
        self,
        session_id: str,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[InterpreterExecution]:
        """Iterates over all that `get_session_executions` lists, page by page.

        Args:
            session_id: The session's id.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_session_executions.build_request,
            validation.identifier("session_id", session_id),
            outputs=validation.if_any(validation.boolean, "outputs", outputs),
        )
        return walk(
            self._client,
            "list_session_executions",
            build,
            lambda response: parsing.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )

    def list_ports(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]:
        """Lists the session's ports that are exposed, by their numbers.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = list_session_ports.build_request(validation.identifier("session_id", session_id))
        response = self._client.call("list_session_ports", built, request_timeout)
        return parsing.many(response, ExposedPort, "ports")

    def iter_ports(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> Generator[ExposedPort]:
        """Iterates over all that `list_ports` lists, which the service gives in one page.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers.
        """
        for entry in self.list_ports(session_id, request_timeout=request_timeout):
            yield entry

    def expose_port(
        self, session_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort:
        """Lets a server that listens in the session be reached from outside.

        TCP goes there, so HTTP and WebSockets too, with networking off as well, until the port is taken back
        or the session's sandbox ends. The server may listen on the loopback or on all addresses. Exposing a
        port again gives the same address. Nothing needs to listen yet: until something does, connections are
        closed at once.

        Args:
            session_id: The session's id.
            port: The port inside that the server listens on. It may be up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The port, with the address that leads to it.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = expose_session_port.build_request(
            validation.identifier("session_id", session_id),
            port=validation.whole("port", port, least=1, most=65535),
        )
        response = self._client.call("expose_session_port", built, request_timeout)
        return parsing.one(response, ExposedPort)

    def unexpose_port(
        self, session_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool:
        """Takes an exposed port back. Connections through it are broken off.

        Args:
            session_id: The session's id.
            port: The port inside that the server listens on. It may be up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = unexpose_session_port.build_request(
            validation.identifier("session_id", session_id),
            port=validation.whole("port", port, least=1, most=65535),
        )
        self._client.call("unexpose_session_port", built, request_timeout)
        return True

    def list_files(
        self,
        session_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        request_timeout: float | None = None,
    ) -> list[FileEntry]:
        """Lists what is in a folder, in the order of the paths.

        With `depth` the folders in it are listed too. Symbolic links are listed and not followed.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            depth: How many levels of folders to list. It may be up to 2048.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            What is there, in the order of the paths.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        return parsing.Entries(
            [
                entry
                for entry in self.iter_files(
                    session_id, path, depth, request_timeout=request_timeout
                )
            ]
        )

    def iter_files(
        self,
        session_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        request_timeout: float | None = None,
    ) -> Generator[FileEntry]:
        """Iterates over all that `list_files` lists, page by page.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            depth: How many levels of folders to list. It may be up to 2048.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            What is there, in the order of the paths.
        """
        build = partial(
            list_session_files.build_request,
            validation.identifier("session_id", session_id),
            path=validation.inner_path("path", path),
            depth=validation.whole("depth", depth, least=1, most=2048),
        )
        return follow(
            self._client,
            "list_session_files",
            build,
            lambda response: parsing.many(response, FileEntry, "files"),
            request_timeout,
        )

    def stat_file(
        self, session_id: str, path: InnerPath, *, request_timeout: float | None = None
    ) -> FileEntry:
        """Tells what is at a path. A symbolic link is told as such, with its target.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What is there.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session_file.build_request(
            validation.identifier("session_id", session_id),
            path=validation.inner_path("path", path),
        )
        response = self._client.call("get_session_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    def remove_file(
        self,
        session_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> bool:
        """Removes a file, a symbolic link or a folder.

        A folder that isn't empty is removed with `recursive` alone, and links in it aren't followed.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            recursive: Whether a folder is removed with all in it.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = remove_session_file.build_request(
            validation.identifier("session_id", session_id),
            path=validation.inner_path("path", path),
            recursive=validation.boolean("recursive", recursive),
        )
        self._client.call("remove_session_file", built, request_timeout)
        return True

    def change_file(
        self,
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Changes a file's or folder's permissions, its owner, or when it was changed last.

        Symbolic links are followed.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            mode: Its permissions, such as `0o755`, which is 493. It may be up to 4095.
            owner: Its owner, by name or number, with `:` and a group if need be. Root alone may give files
                away.
            modified: When it was changed last, as its times say. A datetime with a time zone, or ISO 8601
                text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What is there now.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = change_session_file.build_request(
            validation.identifier("session_id", session_id),
            path=validation.inner_path("path", path),
            body=request_bodies.session_file_change_request(
                mode=mode, owner=owner, modified=modified
            ),
        )
        response = self._client.call("change_session_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    def make_folder(
        self,
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Makes a folder, and those on its way.

        Args:
            session_id: The session's id.
            path: The path: absolute in the sandbox, or relative to the work folder, with `/` between its
                parts and no `..`.
            mode: Its permissions, such as `0o700`; `0o755` unless they are said. It may be up to 4095.
            exclusive: Whether it must not be there yet. Else one that is stays as it is.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The folder.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = make_session_folder.build_request(
            validation.identifier("session_id", session_id),
            body=request_bodies.session_folder_request(path=path, mode=mode, exclusive=exclusive),
        )
        response = self._client.call("make_session_folder", built, request_timeout)
        return parsing.one(response, FileEntry)

    def move_file(
        self,
        session_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Moves or renames a file, a folder or a symbolic link. Folders on the way of its new path are made.

        Args:
            session_id: The session's id.
            source: The path: absolute in the sandbox, or relative to the work folder, with `/` between its
                parts and no `..`.
            target: Its new path, of the same kind.
            replace: Whether a file, or an empty folder, that has the new path is replaced.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What was moved, where it is now.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = move_session_file.build_request(
            validation.identifier("session_id", session_id),
            body=request_bodies.session_move_request(source=source, target=target, replace=replace),
        )
        response = self._client.call("move_session_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    def get_egress(self, session_id: str, *, request_timeout: float | None = None) -> EgressStatus:
        """Gets what the session may reach with networking, and what of the rest it has tried to.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What it may reach, and what it was refused.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session_egress.build_request(validation.identifier("session_id", session_id))
        response = self._client.call("get_session_egress", built, request_timeout)
        return parsing.one(response, EgressStatus)

    def set_egress(
        self, session_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus:
        """Says what the session may reach with networking from now on.

        It takes the place of what was said before; open connections to what isn't named any more are broken
        off.

        Args:
            session_id: The session's id.
            egress: What of the outside may be reached with networking, by IPv4 and TCP; everything else is
                refused at once. Names (`pypi.org`, and for all names below one `*.pythonhosted.org`),
                addresses (`93.184.216.34`) and ranges of them (`10.1.0.0/16`), each with the port or the
                ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`), without them any port. An
                empty list lets out nothing.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What it may reach, and what it was refused.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = set_session_egress.build_request(
            validation.identifier("session_id", session_id),
            body=request_bodies.set_egress_request(egress=egress),
        )
        response = self._client.call("set_session_egress", built, request_timeout)
        return parsing.one(response, EgressStatus)

    def list_all_executions(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the account's executions across all sessions, the newest first.

        Args:
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            status: List only entries with this status, in either case.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_executions.build_request(
            limit=validation.whole("limit", limit, least=1, most=1000),
            offset=validation.whole("offset", offset, least=0),
            status=validation.if_any(validation.text, "status", status, shortest=1),
            outputs=validation.if_any(validation.boolean, "outputs", outputs),
        )
        response = self._client.call("list_executions", built, request_timeout)
        return parsing.many(response, InterpreterExecution, "executions")

    def iter_all_executions(
        self,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[InterpreterExecution]:
        """Iterates over all that `list_all_executions` lists, page by page.

        Args:
            status: List only entries with this status, in either case.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_executions.build_request,
            status=validation.if_any(validation.text, "status", status, shortest=1),
            outputs=validation.if_any(validation.boolean, "outputs", outputs),
        )
        return walk(
            self._client,
            "list_executions",
            build,
            lambda response: parsing.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )

    def get_execution(
        self, execution_id: str, *, request_timeout: float | None = None
    ) -> InterpreterExecution:
        """Gets the record of one execution, with its outputs.

        Args:
            execution_id: The execution's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The execution.

        Raises:
            NotFoundError: There is no such execution.
            CognitoraError: The call failed otherwise.
        """
        built = get_execution.build_request(validation.identifier("execution_id", execution_id))
        response = self._client.call("get_execution", built, request_timeout)
        return parsing.one(response, InterpreterExecution)
