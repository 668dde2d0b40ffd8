from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet

T = TypeVar("T", bound="TerminalSize")


@_attrs_define(repr=False)
class TerminalSize(Discreet):
    """The size of a terminal, in characters. A process that has one prints all to its standard output."""

    rows: int
    """ How many lines. """
    columns: int
    """ How many characters in a line. """

    def to_dict(self) -> dict[str, Any]:
        rows = self.rows

        columns = self.columns

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "rows": rows,
                "columns": columns,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        rows = d.pop("rows")

        columns = d.pop("columns")

        terminal_size = cls(
            rows=rows,
            columns=columns,
        )

        return terminal_size
