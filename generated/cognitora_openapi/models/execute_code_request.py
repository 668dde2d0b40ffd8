from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.language import Language, check_language
from ..shown import Discreet
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.file_upload import FileUpload
    from ..models.standard_input import StandardInput


T = TypeVar("T", bound="ExecuteCodeRequest")


@_attrs_define(repr=False)
class ExecuteCodeRequest(Discreet):
    """Code to run."""

    code: str
    """ The code. Servers limit its size (a local runtime to 1 MiB, unless told otherwise). """
    language: Language | Unset = UNSET
    """ A language that code can be written in. Answers may name others. """
    session_id: str | Unset = UNSET
    """ The session to run in. Without it the code runs in a fresh sandbox of its own. """
    files: list[FileUpload] | Unset = UNSET
    """ Files to write into the work folder before the code runs. """
    timeout_seconds: int | Unset = 60
    """ How long the code may run, in seconds. What it printed until then is answered, with the status `timeout`.
    """
    environment: Environment | Unset = UNSET
    """ Environment variables, by name. """
    networking: bool | Unset = UNSET
    """ Whether the code may reach the internet; without it, it may, unless its session was created without. """
    stdin: StandardInput | Unset = UNSET
    """ What a program reads from its standard input. """
    egress: list[str] | Unset = UNSET
    """ What of the outside may be reached with networking, by IPv4 and TCP; everything else is refused at once.
    Names
    (`pypi.org`, and for all names below one `*.pythonhosted.org`), addresses (`93.184.216.34`) and ranges of them
    (`10.1.0.0/16`), each with the port or the ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`),
    without
    them any port. An empty list lets out nothing.
     """

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        session_id = self.session_id

        files: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.files, Unset):
            files = []
            for files_item_data in self.files:
                files_item = files_item_data.to_dict()
                files.append(files_item)

        timeout_seconds = self.timeout_seconds

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        networking = self.networking

        stdin: dict[str, Any] | Unset = UNSET
        if not isinstance(self.stdin, Unset):
            stdin = self.stdin.to_dict()

        egress: list[str] | Unset = UNSET
        if not isinstance(self.egress, Unset):
            egress = self.egress

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
            }
        )
        if language is not UNSET:
            field_dict["language"] = language
        if session_id is not UNSET:
            field_dict["session_id"] = session_id
        if files is not UNSET:
            field_dict["files"] = files
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if environment is not UNSET:
            field_dict["environment"] = environment
        if networking is not UNSET:
            field_dict["networking"] = networking
        if stdin is not UNSET:
            field_dict["stdin"] = stdin
        if egress is not UNSET:
            field_dict["egress"] = egress

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.environment import Environment
        from ..models.file_upload import FileUpload
        from ..models.standard_input import StandardInput

        d = dict(src_dict)
        code = d.pop("code")

        _language = d.pop("language", UNSET)
        language: Language | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = check_language(_language)

        session_id = d.pop("session_id", UNSET)

        _files = d.pop("files", UNSET)
        files: list[FileUpload] | Unset = UNSET
        if _files is not UNSET:
            files = []
            for files_item_data in _files:
                files_item = FileUpload.from_dict(files_item_data)

                files.append(files_item)

        timeout_seconds = d.pop("timeout_seconds", UNSET)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        networking = d.pop("networking", UNSET)

        _stdin = d.pop("stdin", UNSET)
        stdin: StandardInput | Unset
        if isinstance(_stdin, Unset):
            stdin = UNSET
        else:
            stdin = StandardInput.from_dict(_stdin)

        egress = cast(list[str], d.pop("egress", UNSET))

        execute_code_request = cls(
            code=code,
            language=language,
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
        )

        return execute_code_request
