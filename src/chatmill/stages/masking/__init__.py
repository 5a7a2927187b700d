"""What stages share where text leaves the project: maskers of its conversations, and its key."""

from chatmill.stages.masking.key import (
    KEY_NAME,
    MAPS_NAME,
    forget_map,
    map_path,
    read_map,
    write_map,
)
from chatmill.stages.masking.maskers import Maskers, mask_example, masker_of

__all__ = [
    "KEY_NAME",
    "MAPS_NAME",
    "Maskers",
    "forget_map",
    "map_path",
    "mask_example",
    "masker_of",
    "read_map",
    "write_map",
]
