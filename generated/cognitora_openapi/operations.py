"""The operations of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        id: the operationId.
        method: the HTTP method, in upper case.
        path: the path, its parameters in braces.
        retry: whether a call with no answer may be repeated: always, with its idempotency key, or never.
        tag: the service it belongs to.
        extension: whether a server may not know it.
        feature: the word by which a server announces it; "" where it has none.
        fields: those of its query and its body that only a server takes which announces them, each with
            the word for it.
    """

    id: str
    method: str
    path: str
    retry: Literal["safe", "keyed", "never"]
    tag: str
    extension: bool = False
    feature: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


OPERATIONS: dict[str, Operation] = {
    "execute_code": Operation(
        "execute_code",
        "POST",
        "/api/v1/interpreter/execute",
        "keyed",
        "interpreter",
        fields={"stdin": "stdin", "egress": "egress"},
    ),
    "list_sessions": Operation(
        "list_sessions",
        "GET",
        "/api/v1/interpreter/sessions",
        "safe",
        "interpreter",
        fields={"metadata": "metadata"},
    ),
    "create_session": Operation(
        "create_session",
        "POST",
        "/api/v1/interpreter/sessions",
        "keyed",
        "interpreter",
        fields={"metadata": "metadata", "networking": "session_networking", "egress": "egress"},
    ),
    "get_session": Operation(
        "get_session", "GET", "/api/v1/interpreter/sessions/{session_id}", "safe", "interpreter"
    ),
    "delete_session": Operation(
        "delete_session",
        "DELETE",
        "/api/v1/interpreter/sessions/{session_id}",
        "safe",
        "interpreter",
    ),
    "update_session": Operation(
        "update_session",
        "PATCH",
        "/api/v1/interpreter/sessions/{session_id}",
        "never",
        "interpreter",
        extension=True,
        feature="update",
    ),
    "get_session_logs": Operation(
        "get_session_logs",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/logs",
        "safe",
        "interpreter",
    ),
    "list_session_executions": Operation(
        "list_session_executions",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/executions",
        "safe",
        "interpreter",
    ),
    "download_session_file": Operation(
        "download_session_file",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/files",
        "safe",
        "interpreter",
        extension=True,
    ),
    "upload_session_file": Operation(
        "upload_session_file",
        "PUT",
        "/api/v1/interpreter/sessions/{session_id}/files",
        "safe",
        "interpreter",
        extension=True,
    ),
    "list_session_ports": Operation(
        "list_session_ports",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/ports",
        "safe",
        "interpreter",
        extension=True,
        feature="ports",
    ),
    "expose_session_port": Operation(
        "expose_session_port",
        "PUT",
        "/api/v1/interpreter/sessions/{session_id}/ports",
        "safe",
        "interpreter",
        extension=True,
        feature="ports",
    ),
    "unexpose_session_port": Operation(
        "unexpose_session_port",
        "DELETE",
        "/api/v1/interpreter/sessions/{session_id}/ports",
        "safe",
        "interpreter",
        extension=True,
        feature="ports",
    ),
    "list_session_files": Operation(
        "list_session_files",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/filesystem",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "get_session_file": Operation(
        "get_session_file",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/entry",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "remove_session_file": Operation(
        "remove_session_file",
        "DELETE",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/entry",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "change_session_file": Operation(
        "change_session_file",
        "PATCH",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/entry",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "make_session_folder": Operation(
        "make_session_folder",
        "POST",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/folder",
        "keyed",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "move_session_file": Operation(
        "move_session_file",
        "POST",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/move",
        "keyed",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "download_session_folder": Operation(
        "download_session_folder",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/tar",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "upload_session_folder": Operation(
        "upload_session_folder",
        "PUT",
        "/api/v1/interpreter/sessions/{session_id}/filesystem/tar",
        "safe",
        "interpreter",
        extension=True,
        feature="filesystem",
    ),
    "get_session_egress": Operation(
        "get_session_egress",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/egress",
        "safe",
        "interpreter",
        extension=True,
        feature="egress",
    ),
    "set_session_egress": Operation(
        "set_session_egress",
        "PUT",
        "/api/v1/interpreter/sessions/{session_id}/egress",
        "safe",
        "interpreter",
        extension=True,
        feature="egress",
    ),
    "list_executions": Operation(
        "list_executions", "GET", "/api/v1/interpreter/executions", "safe", "interpreter"
    ),
    "get_execution": Operation(
        "get_execution",
        "GET",
        "/api/v1/interpreter/executions/{execution_id}",
        "safe",
        "interpreter",
    ),
    "list_containers": Operation(
        "list_containers",
        "GET",
        "/api/v1/compute/containers",
        "safe",
        "compute",
        fields={"metadata": "metadata"},
    ),
    "create_container": Operation(
        "create_container",
        "POST",
        "/api/v1/compute/containers",
        "keyed",
        "compute",
        fields={"metadata": "metadata", "egress": "egress"},
    ),
    "list_all_container_executions": Operation(
        "list_all_container_executions",
        "GET",
        "/api/v1/compute/containers/executions",
        "safe",
        "compute",
    ),
    "get_container_execution": Operation(
        "get_container_execution",
        "GET",
        "/api/v1/compute/containers/executions/{execution_id}",
        "safe",
        "compute",
    ),
    "get_container": Operation(
        "get_container", "GET", "/api/v1/compute/containers/{container_id}", "safe", "compute"
    ),
    "cancel_container": Operation(
        "cancel_container", "DELETE", "/api/v1/compute/containers/{container_id}", "safe", "compute"
    ),
    "update_container": Operation(
        "update_container", "PATCH", "/api/v1/compute/containers/{container_id}", "never", "compute"
    ),
    "get_container_logs": Operation(
        "get_container_logs",
        "GET",
        "/api/v1/compute/containers/{container_id}/logs",
        "safe",
        "compute",
    ),
    "list_container_executions": Operation(
        "list_container_executions",
        "GET",
        "/api/v1/compute/containers/{container_id}/executions",
        "safe",
        "compute",
    ),
    "execute_in_container": Operation(
        "execute_in_container",
        "POST",
        "/api/v1/compute/containers/{container_id}/exec",
        "keyed",
        "compute",
        fields={"user": "exec", "stdin": "exec"},
    ),
    "download_container_file": Operation(
        "download_container_file",
        "GET",
        "/api/v1/compute/containers/{container_id}/files",
        "safe",
        "compute",
        extension=True,
    ),
    "upload_container_file": Operation(
        "upload_container_file",
        "PUT",
        "/api/v1/compute/containers/{container_id}/files",
        "safe",
        "compute",
        extension=True,
    ),
    "list_container_ports": Operation(
        "list_container_ports",
        "GET",
        "/api/v1/compute/containers/{container_id}/ports",
        "safe",
        "compute",
        extension=True,
        feature="ports",
    ),
    "expose_container_port": Operation(
        "expose_container_port",
        "PUT",
        "/api/v1/compute/containers/{container_id}/ports",
        "safe",
        "compute",
        extension=True,
        feature="ports",
    ),
    "unexpose_container_port": Operation(
        "unexpose_container_port",
        "DELETE",
        "/api/v1/compute/containers/{container_id}/ports",
        "safe",
        "compute",
        extension=True,
        feature="ports",
    ),
    "list_container_files": Operation(
        "list_container_files",
        "GET",
        "/api/v1/compute/containers/{container_id}/filesystem",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "get_container_file": Operation(
        "get_container_file",
        "GET",
        "/api/v1/compute/containers/{container_id}/filesystem/entry",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "remove_container_file": Operation(
        "remove_container_file",
        "DELETE",
        "/api/v1/compute/containers/{container_id}/filesystem/entry",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "change_container_file": Operation(
        "change_container_file",
        "PATCH",
        "/api/v1/compute/containers/{container_id}/filesystem/entry",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "make_container_folder": Operation(
        "make_container_folder",
        "POST",
        "/api/v1/compute/containers/{container_id}/filesystem/folder",
        "keyed",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "move_container_file": Operation(
        "move_container_file",
        "POST",
        "/api/v1/compute/containers/{container_id}/filesystem/move",
        "keyed",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "download_container_folder": Operation(
        "download_container_folder",
        "GET",
        "/api/v1/compute/containers/{container_id}/filesystem/tar",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "upload_container_folder": Operation(
        "upload_container_folder",
        "PUT",
        "/api/v1/compute/containers/{container_id}/filesystem/tar",
        "safe",
        "compute",
        extension=True,
        feature="filesystem",
    ),
    "get_container_egress": Operation(
        "get_container_egress",
        "GET",
        "/api/v1/compute/containers/{container_id}/egress",
        "safe",
        "compute",
        extension=True,
        feature="egress",
    ),
    "set_container_egress": Operation(
        "set_container_egress",
        "PUT",
        "/api/v1/compute/containers/{container_id}/egress",
        "safe",
        "compute",
        extension=True,
        feature="egress",
    ),
    "collect_garbage": Operation(
        "collect_garbage", "POST", "/api/v1/compute/gc", "safe", "compute", extension=True
    ),
    "estimate_cost": Operation(
        "estimate_cost", "POST", "/api/v1/compute/estimate", "safe", "compute"
    ),
    "list_session_processes": Operation(
        "list_session_processes",
        "GET",
        "/api/v1/interpreter/sessions/{session_id}/processes",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
    "start_session_process": Operation(
        "start_session_process",
        "POST",
        "/api/v1/interpreter/sessions/{session_id}/processes",
        "keyed",
        "processes",
        extension=True,
        feature="processes",
    ),
    "list_container_processes": Operation(
        "list_container_processes",
        "GET",
        "/api/v1/compute/containers/{container_id}/processes",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
    "start_container_process": Operation(
        "start_container_process",
        "POST",
        "/api/v1/compute/containers/{container_id}/processes",
        "keyed",
        "processes",
        extension=True,
        feature="processes",
    ),
    "get_process": Operation(
        "get_process",
        "GET",
        "/api/v1/processes/{process_id}",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
    "get_process_output": Operation(
        "get_process_output",
        "GET",
        "/api/v1/processes/{process_id}/output",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
    "write_process_stdin": Operation(
        "write_process_stdin",
        "PUT",
        "/api/v1/processes/{process_id}/stdin",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
    "signal_process": Operation(
        "signal_process",
        "POST",
        "/api/v1/processes/{process_id}/signal",
        "never",
        "processes",
        extension=True,
        feature="processes",
    ),
    "resize_process": Operation(
        "resize_process",
        "PATCH",
        "/api/v1/processes/{process_id}/terminal",
        "safe",
        "processes",
        extension=True,
        feature="processes",
    ),
}

NAMES: dict[str, str] = {
    "actualCostCredits": "actual_cost_credits",
    "completedAt": "completed_at",
    "containerId": "container_id",
    "cpuCores": "cpu_cores",
    "createdAt": "created_at",
    "executedAt": "executed_at",
    "executionId": "execution_id",
    "exitCode": "exit_code",
    "expiresAt": "expires_at",
    "filesUploaded": "files_uploaded",
    "gpuCount": "gpu_count",
    "maxCostCredits": "max_cost_credits",
    "memoryMb": "memory_mb",
    "startedAt": "started_at",
    "stderrBase64": "stderr_base_64",
    "stdoutBase64": "stdout_base_64",
    "storageGb": "storage_gb",
    "timeoutSeconds": "timeout_seconds",
    "updatedAt": "updated_at",
}
"""What the fields of JSON that are in camel case are called in Python."""
