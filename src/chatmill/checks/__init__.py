"""Example → findings; one file a check. A check points at words and says why; it deletes nothing.

Add a check in three steps:

1. Write a module with a class that has a `name`, a `version` and a `check` as `base.Check`
   describes them.
2. Add one line to `CHECKS` in `table.py` (from another package: an entry point in the group
   `chatmill.checks`).
3. Run `pytest tests/checks`: the contract test runs over the whole table; say in docs/check.md what
   it finds.
"""

from chatmill.checks.table import check_example, example_fingerprint

__all__ = ["check_example", "example_fingerprint"]
