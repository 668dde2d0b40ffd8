from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.process_signal_request_signal import (
    ProcessSignalRequestSignal,
    check_process_signal_request_signal,
)
from ..shown import Discreet

T = TypeVar("T", bound="ProcessSignalRequest")


@_attrs_define(repr=False)
class ProcessSignalRequest(Discreet):
    """A signal to send."""

    signal: ProcessSignalRequestSignal
    """ The signal, by its name without `SIG`. """

    def to_dict(self) -> dict[str, Any]:
        signal: str = self.signal

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "signal": signal,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        signal = check_process_signal_request_signal(d.pop("signal"))

        process_signal_request = cls(
            signal=signal,
        )

        return process_signal_request
