"""The bodies of requests and answers."""

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing it from typing takes 8 ms
if TYPE_CHECKING:
    from .acknowledgement import Acknowledgement
    from .collected_garbage import CollectedGarbage
    from .compute_execution_request import ComputeExecutionRequest
    from .container_exec_request import ContainerExecRequest
    from .container_exec_response import ContainerExecResponse
    from .container_execution import ContainerExecution
    from .container_executions_response import ContainerExecutionsResponse
    from .container_file_change_request import ContainerFileChangeRequest
    from .container_folder_request import ContainerFolderRequest
    from .container_logs_response import ContainerLogsResponse
    from .container_move_request import ContainerMoveRequest
    from .container_status import ContainerStatus
    from .container_update_request import ContainerUpdateRequest
    from .container_update_response import ContainerUpdateResponse
    from .cost_estimate import CostEstimate
    from .cost_estimate_request import CostEstimateRequest
    from .create_session_request import CreateSessionRequest
    from .egress_status import EgressStatus
    from .environment import Environment
    from .error_detail import ErrorDetail
    from .error_response import ErrorResponse
    from .execute_code_data import ExecuteCodeData
    from .execute_code_output import ExecuteCodeOutput
    from .execute_code_request import ExecuteCodeRequest
    from .execute_code_response import ExecuteCodeResponse
    from .execution import Execution
    from .execution_resources import ExecutionResources
    from .execution_status import ExecutionStatus
    from .executions_response import ExecutionsResponse
    from .exposed_port import ExposedPort
    from .exposed_ports_response import ExposedPortsResponse
    from .file_encoding import FileEncoding
    from .file_entry import FileEntry
    from .file_upload import FileUpload
    from .files_response import FilesResponse
    from .interpreter_execution import InterpreterExecution
    from .interpreter_executions_response import InterpreterExecutionsResponse
    from .language import Language
    from .metadata import Metadata
    from .output_stream import OutputStream
    from .output_type import OutputType
    from .persistent_container_request import PersistentContainerRequest
    from .process_info import ProcessInfo
    from .process_output import ProcessOutput
    from .process_output_piece import ProcessOutputPiece
    from .process_request import ProcessRequest
    from .process_signal_request import ProcessSignalRequest
    from .process_signal_request_signal import ProcessSignalRequestSignal
    from .process_stdin import ProcessStdin
    from .processes_response import ProcessesResponse
    from .refused_connection import RefusedConnection
    from .session import Session
    from .session_details import SessionDetails
    from .session_details_response import SessionDetailsResponse
    from .session_file_change_request import SessionFileChangeRequest
    from .session_folder_request import SessionFolderRequest
    from .session_list import SessionList
    from .session_list_response import SessionListResponse
    from .session_log_entry import SessionLogEntry
    from .session_logs import SessionLogs
    from .session_logs_response import SessionLogsResponse
    from .session_move_request import SessionMoveRequest
    from .session_resources import SessionResources
    from .session_resources_request import SessionResourcesRequest
    from .session_response import SessionResponse
    from .session_status import SessionStatus
    from .session_update_request import SessionUpdateRequest
    from .set_egress_request import SetEgressRequest
    from .standard_input import StandardInput
    from .stored_file import StoredFile
    from .stored_folder import StoredFolder
    from .terminal_size import TerminalSize
else:
    _MODULES = {
        "Acknowledgement": ".acknowledgement",
        "CollectedGarbage": ".collected_garbage",
        "ComputeExecutionRequest": ".compute_execution_request",
        "ContainerExecRequest": ".container_exec_request",
        "ContainerExecResponse": ".container_exec_response",
        "ContainerExecution": ".container_execution",
        "ContainerExecutionsResponse": ".container_executions_response",
        "ContainerFileChangeRequest": ".container_file_change_request",
        "ContainerFolderRequest": ".container_folder_request",
        "ContainerLogsResponse": ".container_logs_response",
        "ContainerMoveRequest": ".container_move_request",
        "ContainerStatus": ".container_status",
        "ContainerUpdateRequest": ".container_update_request",
        "ContainerUpdateResponse": ".container_update_response",
        "CostEstimate": ".cost_estimate",
        "CostEstimateRequest": ".cost_estimate_request",
        "CreateSessionRequest": ".create_session_request",
        "EgressStatus": ".egress_status",
        "Environment": ".environment",
        "ErrorDetail": ".error_detail",
        "ErrorResponse": ".error_response",
        "ExecuteCodeData": ".execute_code_data",
        "ExecuteCodeOutput": ".execute_code_output",
        "ExecuteCodeRequest": ".execute_code_request",
        "ExecuteCodeResponse": ".execute_code_response",
        "Execution": ".execution",
        "ExecutionResources": ".execution_resources",
        "ExecutionStatus": ".execution_status",
        "ExecutionsResponse": ".executions_response",
        "ExposedPort": ".exposed_port",
        "ExposedPortsResponse": ".exposed_ports_response",
        "FileEncoding": ".file_encoding",
        "FileEntry": ".file_entry",
        "FileUpload": ".file_upload",
        "FilesResponse": ".files_response",
        "InterpreterExecution": ".interpreter_execution",
        "InterpreterExecutionsResponse": ".interpreter_executions_response",
        "Language": ".language",
        "Metadata": ".metadata",
        "OutputStream": ".output_stream",
        "OutputType": ".output_type",
        "PersistentContainerRequest": ".persistent_container_request",
        "ProcessInfo": ".process_info",
        "ProcessOutput": ".process_output",
        "ProcessOutputPiece": ".process_output_piece",
        "ProcessRequest": ".process_request",
        "ProcessSignalRequest": ".process_signal_request",
        "ProcessSignalRequestSignal": ".process_signal_request_signal",
        "ProcessStdin": ".process_stdin",
        "ProcessesResponse": ".processes_response",
        "RefusedConnection": ".refused_connection",
        "Session": ".session",
        "SessionDetails": ".session_details",
        "SessionDetailsResponse": ".session_details_response",
        "SessionFileChangeRequest": ".session_file_change_request",
        "SessionFolderRequest": ".session_folder_request",
        "SessionList": ".session_list",
        "SessionListResponse": ".session_list_response",
        "SessionLogEntry": ".session_log_entry",
        "SessionLogs": ".session_logs",
        "SessionLogsResponse": ".session_logs_response",
        "SessionMoveRequest": ".session_move_request",
        "SessionResources": ".session_resources",
        "SessionResourcesRequest": ".session_resources_request",
        "SessionResponse": ".session_response",
        "SessionStatus": ".session_status",
        "SessionUpdateRequest": ".session_update_request",
        "SetEgressRequest": ".set_egress_request",
        "StandardInput": ".standard_input",
        "StoredFile": ".stored_file",
        "StoredFolder": ".stored_folder",
        "TerminalSize": ".terminal_size",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted([*globals(), *_MODULES])


__all__ = (
    "Acknowledgement",
    "CollectedGarbage",
    "ComputeExecutionRequest",
    "ContainerExecRequest",
    "ContainerExecResponse",
    "ContainerExecution",
    "ContainerExecutionsResponse",
    "ContainerFileChangeRequest",
    "ContainerFolderRequest",
    "ContainerLogsResponse",
    "ContainerMoveRequest",
    "ContainerStatus",
    "ContainerUpdateRequest",
    "ContainerUpdateResponse",
    "CostEstimate",
    "CostEstimateRequest",
    "CreateSessionRequest",
    "EgressStatus",
    "Environment",
    "ErrorDetail",
    "ErrorResponse",
    "ExecuteCodeData",
    "ExecuteCodeOutput",
    "ExecuteCodeRequest",
    "ExecuteCodeResponse",
    "Execution",
    "ExecutionResources",
    "ExecutionStatus",
    "ExecutionsResponse",
    "ExposedPort",
    "ExposedPortsResponse",
    "FileEncoding",
    "FileEntry",
    "FileUpload",
    "FilesResponse",
    "InterpreterExecution",
    "InterpreterExecutionsResponse",
    "Language",
    "Metadata",
    "OutputStream",
    "OutputType",
    "PersistentContainerRequest",
    "ProcessInfo",
    "ProcessOutput",
    "ProcessOutputPiece",
    "ProcessRequest",
    "ProcessSignalRequest",
    "ProcessSignalRequestSignal",
    "ProcessStdin",
    "ProcessesResponse",
    "RefusedConnection",
    "Session",
    "SessionDetails",
    "SessionDetailsResponse",
    "SessionFileChangeRequest",
    "SessionFolderRequest",
    "SessionList",
    "SessionListResponse",
    "SessionLogEntry",
    "SessionLogs",
    "SessionLogsResponse",
    "SessionMoveRequest",
    "SessionResources",
    "SessionResourcesRequest",
    "SessionResponse",
    "SessionStatus",
    "SessionUpdateRequest",
    "SetEgressRequest",
    "StandardInput",
    "StoredFile",
    "StoredFolder",
    "TerminalSize",
)
