"""Tests of programs that use Cognitora: clients with a runtime of their own, faults, and recordings.

pytest finds it by itself where `pip install "cognitora[local]>=2" pytest` was run. It imports nothing of
Cognitora before a test asks for one of its fixtures.
"""

from .exchange import Request
from .faults import Faults
from .leftovers import LeftBehindWarning

__all__ = ["Faults", "LeftBehindWarning", "Request"]
