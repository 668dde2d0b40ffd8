"""Runs last: every operation was exercised, well and not well."""

from __future__ import annotations

import pytest

from tests.contract import Contract

OPERATIONS = {"interpreter": 11, "compute": 14}


@pytest.mark.parametrize("tag", OPERATIONS)
def test_every_operation_was_exercised_with_a_2xx_and_with_an_error(
    contract: Contract, request: pytest.FixtureRequest, tag: str
) -> None:
    config = request.config
    if config.option.keyword or config.args != config.getini("testpaths"):
        pytest.skip("only a whole run can tell")
    names = [name for name, each in contract.operations.items() if tag in each["tags"]]
    assert len(names) == OPERATIONS[tag]
    missing = {
        name: sorted(contract.exercised[name])
        for name in names
        if {status >= 400 for status in contract.exercised[name]} != {True, False}
    }
    assert not missing
