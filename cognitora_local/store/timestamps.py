"""Times as the database has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MICROSECOND = timedelta(microseconds=1)


def stamp(moment: datetime | None) -> int | None:
    """Microseconds since 1970, exact: a float of seconds would round them."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def moment(stamped: int | None) -> datetime | None:
    return None if stamped is None else known(stamped)


def known(stamped: int) -> datetime:
    return EPOCH + stamped * MICROSECOND
