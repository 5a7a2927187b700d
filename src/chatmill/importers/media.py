"""Tells what an attached file is: a picture, a video, a voice message or something else."""

from collections.abc import Sequence

from chatmill.records import Kind

_ENDINGS: dict[str, Kind] = dict.fromkeys(
    ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "bmp", "tif", "tiff", "svg"), "photo"
)
_ENDINGS |= dict.fromkeys(("mp4", "mov", "webm", "mkv", "avi", "m4v", "3gp"), "video")
_ENDINGS |= dict.fromkeys(("ogg", "oga", "opus", "m4a", "mp3", "wav", "aac", "amr"), "voice")
_TYPES: dict[str, Kind] = {"image": "photo", "video": "video", "audio": "voice"}


def kind_of_file(name: str, media_type: str = "") -> Kind:
    """Tell what a file is by its media type (`image/png`), else by its name or address."""
    named = _TYPES.get(media_type.partition("/")[0].casefold())
    if named is not None:
        return named
    path = name.partition("?")[0]
    return _ENDINGS.get(path.rpartition(".")[2].casefold(), "file")


def kind_of_files(names: Sequence[str]) -> Kind:
    """Tell what stands in the place of a text: what all files are, else `file`."""
    kinds = {kind_of_file(name) for name in names}
    return kinds.pop() if len(kinds) == 1 else "file"
