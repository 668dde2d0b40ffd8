"""Runs last: every operation of the interpreter was exercised, well and not well."""

from __future__ import annotations

import pytest

from tests.contract import Contract


def test_every_interpreter_operation_was_exercised_with_a_2xx_and_with_an_error(
    contract: Contract, request: pytest.FixtureRequest
) -> None:
    config = request.config
    if config.option.keyword or config.args != config.getini("testpaths"):
        pytest.skip("only a whole run can tell")
    interpreter = [
        name
        for name, operation in contract.operations.items()
        if "interpreter" in operation["tags"]
    ]
    assert len(interpreter) == 11
    missing = {
        name: sorted(contract.exercised[name])
        for name in interpreter
        if {status >= 400 for status in contract.exercised[name]} != {True, False}
    }
    assert not missing
