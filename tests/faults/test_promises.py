from __future__ import annotations

from tests.faults.promises import PAGE, fresh
from tests.faults.rows import ROWS


def test_the_page_says_what_the_tests_prove() -> None:
    page = PAGE.read_text("utf-8")
    assert page == fresh(page), "run: python -m tests.faults.promises"


def test_each_fault_is_told_once() -> None:
    page = PAGE.read_text("utf-8")
    assert [row.name for row in ROWS if page.count(f"| {row.name} | ") != 1] == []
