"""JSON in which any type may stand anywhere, as in a file nobody vouches for."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st


def any_json(keys: Sequence[str]) -> st.SearchStrategy[Any]:
    """Generate values whose objects have some of a format's own keys."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=5)
        ),
        max_leaves=20,
    )
