from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

if TYPE_CHECKING:
    from ..models.error_detail import ErrorDetail


T = TypeVar("T", bound="ErrorResponse")


@_attrs_define(kw_only=True, repr=False)
class ErrorResponse(ResponseModel):
    """What went wrong."""

    error: ErrorDetail | None | str = None
    """ A sentence. """
    message: None | str = None
    """ A sentence, where `error` is none. """
    code: None | str = None
    """ What went wrong, as a word that programs can compare. """
    request_id: None | str = None
    """ Names this request in the server's logs. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "error": "error",
        "message": "message",
        "code": "code",
        "request_id": "request_id",
    }

    def to_dict(self) -> dict[str, Any]:
        from ..models.error_detail import ErrorDetail

        error: dict[str, Any] | None | str
        if isinstance(self.error, ErrorDetail):
            error = self.error.to_dict()
        else:
            error = self.error

        message: None | str
        message = self.message

        code: None | str
        code = self.code

        request_id: None | str
        request_id = self.request_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "error": error,
                    "message": message,
                    "code": code,
                    "request_id": request_id,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.error_detail import ErrorDetail

        d = dict(src_dict)

        def _parse_error(data: object) -> ErrorDetail | None | str:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_1 = ErrorDetail.from_dict(data)

                return error_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ErrorDetail | None | str, data)

        error = _parse_error(d.pop("error", None))

        message = d.pop("message", None)

        code = d.pop("code", None)

        request_id = d.pop("request_id", None)

        error_response = cls.__new__(cls)
        error_response.error = error
        error_response.message = message
        error_response.code = code
        error_response.request_id = request_id

        error_response.additional_properties = d
        return error_response
