"""Korean particles after a word that was put in place of another: 김철수가, but 고객님이."""

import re

_PAIRS = (
    *(
        ("이라고", "라고"),
        ("이라는", "라는"),
        ("이라서", "라서"),
        ("이라면", "라면"),
        ("이라도", "라도"),
    ),
    *(
        ("이에요", "예요"),
        ("이었", "였"),
        ("이랑", "랑"),
        ("이나", "나"),
        ("이며", "며"),
        ("이든", "든"),
    ),
    *(("으로", "로"), ("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("아", "야")),
)
"""With a final consonant before it, without one."""
_OPEN = frozenset(("이었", "였", "이나", "나", "으로", "로", "이랑", "랑", "이라서", "라서"))
"""What more syllables may follow: 으로는, 로부터."""
_OTHER = {each: (closed, open_) for closed, open_ in _PAIRS for each in (closed, open_)}
_PARTICLE = re.compile("|".join(sorted(_OTHER, key=len, reverse=True)))
_HANGUL = re.compile("[가-힣]")
_RIEUL = 8
_FINALS = 28
_DIGIT_FINALS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}
"""영, 일, 삼, 육, 칠, 팔 end in a consonant; the other digits in a vowel."""


def final_of(word: str) -> int:
    """Return the final consonant of a word's last syllable as its number; 0 where it has none."""
    last = word[-1:]
    if _HANGUL.match(last):
        return (ord(last) - ord("가")) % _FINALS
    return _DIGIT_FINALS.get(last, 0)


def particle_at(text: str, start: int) -> str:
    """Return the particle that stands right at a place of a text; empty where none does."""
    match = _PARTICLE.match(text, start)
    if match is None:
        return ""
    after = text[match.end() : match.end() + 1]
    if match.group() in _OPEN or not _HANGUL.match(after) or after == "요":
        return match.group()
    return ""


def fitted(particle: str, word: str) -> str:
    """Return a particle as it has to be after a word; others come back as they are."""
    if particle not in _OTHER:
        return particle
    closed, open_ = _OTHER[particle]
    final = final_of(word)
    if closed == "으로":
        return open_ if final in (0, _RIEUL) else closed
    return closed if final else open_
