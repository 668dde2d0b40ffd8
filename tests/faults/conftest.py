from __future__ import annotations

# The facade's tests drive both facades by the same fixtures.
from tests.facade.conftest import (  # noqa: F401 - fixtures are used by their names
    _no_settings_from_outside,
    make_client,
    no_pauses,
)
