"""What may be reached from inside, as far as it can be checked before it is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cognitora_openapi.shown import shown

from .errors import InvalidRequestError

MOST = 256
RULE = re.compile(r"(\*\.)?[A-Za-z0-9_.-]+(/[0-9]{1,2})?(:[0-9]{1,5}(-[0-9]{1,5})?)?")


def egress(name: str, value: object) -> list[str]:
    """Names and addresses, each with its ports. The server reads them in full."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise InvalidRequestError(f"{name} must be a list of strings, not {shown(value)}.")
    if len(value) > MOST:
        raise InvalidRequestError(f"{name} must have {MOST} entries or fewer, not {len(value)}.")
    for number, rule in enumerate(value):
        if not isinstance(rule, str) or not RULE.fullmatch(rule) or len(rule) > 300:
            raise InvalidRequestError(
                f"{name}[{number}] {shown(rule)} names nothing that can be reached: write 'pypi.org', "
                "'*.pythonhosted.org', 'example.com:443', '10.1.0.0/16:5432' or '10.1.2.3:8000-8010'."
            )
    return list(value)
