"""Odd data: grounded, but perhaps not worth learning; one file a theme, each kind has a name.

Each theme is a function from a passage (or an example) to `Odd` places; `check` runs them all.
Patterns are short and careful: a warning nobody believes is read by nobody.
"""
