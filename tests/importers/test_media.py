"""Media: a file is what its type or its name says."""

import pytest

from chatmill.importers.media import kind_of_file, kind_of_files


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("회로도.PNG", "", "photo"),
        ("https://cdn.x/a.mp4?ex=1.txt", "", "video"),
        ("noname", "audio/ogg", "voice"),
        ("a.png", "application/pdf", "photo"),
        ("w5500.pdf", "", "file"),
        ("", "", "file"),
    ],
)
def test_kind_of_a_file(name: str, media_type: str, kind: str) -> None:
    """The media type first, then the ending of the name, queries of addresses aside."""
    assert kind_of_file(name, media_type) == kind


def test_kind_of_several_files() -> None:
    """Two pictures are a picture, a picture and a log are files."""
    assert kind_of_files(["a.png", "b.jpg"]) == "photo"
    assert kind_of_files(["a.png", "b.log"]) == "file"
    assert kind_of_files([]) == "file"
