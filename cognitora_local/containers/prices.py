"""What running something costs, in credits. The one price table.

A price is per hour of what is asked for, used or not, counted by the second. The sum is rounded up
to whole credits and is at least 1. So 1 CPU with 512 MB for 300 s costs 1 credit; 2 CPUs with
1,024 MB for an hour cost 16; 4 CPUs, 8,192 MB, 20 GB and a GPU for an hour cost 90.
"""

from __future__ import annotations

import math
from fractions import Fraction

CPU_CORE_HOUR = Fraction(6)
MEMORY_GB_HOUR = Fraction(3)
STORAGE_GB_HOUR = Fraction(1, 10)
GPU_HOUR = Fraction(40)

MINIMUM = 1
MAX_CREDITS = 10**12  # beyond it JSON's numbers, read as floats, are no longer whole


def credits_for(
    *, cpu_cores: float, memory_mb: float, storage_gb: float, gpu_count: int, seconds: float
) -> int:
    """Credits for these resources over so many seconds: whole, and at least `MINIMUM`."""
    hourly = hourly_price(cpu_cores, memory_mb, storage_gb, gpu_count)
    return max(MINIMUM, math.ceil(hourly * exact(seconds) / 3600))


def seconds_for(
    *, cpu_cores: float, memory_mb: float, storage_gb: float, gpu_count: int, credits: int
) -> float:
    """Seconds after which these resources have cost so many credits, and would begin to cost more."""
    return float(credits * 3600 / hourly_price(cpu_cores, memory_mb, storage_gb, gpu_count))


def hourly_price(cpu_cores: float, memory_mb: float, storage_gb: float, gpu_count: int) -> Fraction:
    # Fractions, because a float sum such as 0.1 + 0.2 would now and then round up to one too many.
    return (
        CPU_CORE_HOUR * exact(cpu_cores)
        + MEMORY_GB_HOUR * exact(memory_mb) / 1024
        + STORAGE_GB_HOUR * exact(storage_gb)
        + GPU_HOUR * gpu_count
    )


def exact(number: float) -> Fraction:
    """The number as it is written: 0.1 is one tenth, not its nearest float."""
    return Fraction(str(number))
