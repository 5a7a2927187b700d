"""Threads → examples; one file an extractor.

Add an extractor in three steps:

1. Write a module with a class that has a `name`, a `version` and an `extract` as `base.Extractor`
   describes them: text only from the source, every span cited, what is left out a `Rejection`.
2. Add one line to `EXTRACTORS` in `table.py` (from another package: an entry point in the group
   `chatmill.extractors`).
3. Run `pytest tests/extractors`: the contract test runs over the whole table.
"""
