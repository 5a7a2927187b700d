"""Fields of untrusted JSON: what is of another type counts as absent."""

from chatmill.importers.json_fields import entries, fields, name_of, words


def test_only_the_expected_type_counts() -> None:
    """A number is no text, a text no object, and true no id."""
    assert [words(each) for each in ("가", 1, None, ["a"])] == ["가", "", "", ""]
    assert [name_of(each) for each in ("a", 12, True, 1.5, None)] == ["a", "12", "", "", ""]
    assert not name_of(10**5000)
    assert fields({"a": 1}) == {"a": 1}
    assert not fields(["a"])
    assert entries([1]) == [1]
    assert not entries("abc")
