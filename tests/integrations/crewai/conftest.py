"""CrewAI, imported as it can be where warnings are errors, and told to report nothing to anybody."""

from __future__ import annotations

import os
import warnings

os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "OTEL_SDK_DISABLED": "true"}

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crewai  # noqa: F401
