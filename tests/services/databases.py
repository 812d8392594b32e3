"""The databases that a test of use cases runs on."""

import pytest

ON_BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For tests of what several do at one moment: `make test` runs them on PostgreSQL too.

There the statements of one test take several times as long, and their own tests, in
`tests/contract`, run on both; so PostgreSQL is `long` for all other use cases.
"""
