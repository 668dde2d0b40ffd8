"""Times as the database has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MICROSECOND = timedelta(microseconds=1)


def stamp(moment: datetime) -> int:
    """Microseconds since 1970, exact: a float of seconds would round them."""
    return (moment - EPOCH) // MICROSECOND


def moment(stamped: int) -> datetime:
    return EPOCH + stamped * MICROSECOND
