"""Personal and secret data: finds it, and puts words in its place that a chatbot may say.

Masking is an overlay: what is stored stays as it came, and what leaves is masked. `Masker` masks
the texts of one conversation, `find_private` finds without changing anything.
"""

from chatmill.text.masking.finding import find_private
from chatmill.text.masking.masker import Masked, MaskedText, Masker, Replacement
from chatmill.text.masking.people import Room
from chatmill.text.masking.spans import PrivateSpan

__all__ = [
    "Masked",
    "MaskedText",
    "Masker",
    "PrivateSpan",
    "Replacement",
    "Room",
    "find_private",
]
