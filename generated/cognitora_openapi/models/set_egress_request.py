from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..shown import Discreet

T = TypeVar("T", bound="SetEgressRequest")


@_attrs_define(repr=False)
class SetEgressRequest(Discreet):
    """What may be reached from now on."""

    egress: list[str]
    """ What of the outside may be reached with networking, by IPv4 and TCP; everything else is refused at once.
    Names
    (`pypi.org`, and for all names below one `*.pythonhosted.org`), addresses (`93.184.216.34`) and ranges of them
    (`10.1.0.0/16`), each with the port or the ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`),
    without
    them any port. An empty list lets out nothing.
     """

    def to_dict(self) -> dict[str, Any]:
        egress = self.egress

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "egress": egress,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        egress = cast(list[str], d.pop("egress"))

        set_egress_request = cls(
            egress=egress,
        )

        return set_egress_request
