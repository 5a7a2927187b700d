"""The wrong language: an answer in another one than its question, or than the project's."""

import re
from collections.abc import Iterator
from functools import lru_cache

from chatmill.checks.odd.places import Odd, whole, without_code

_SIGN = r"\d_/\\=<>{}()\[\];|#$"
_ADDRESS = re.compile(rf"(?<!\S)(?=[^\s{_SIGN}]*+[{_SIGN}]|\S[^\s@]*+@\S)\S++")
"""Words with such signs in them; each is read once."""
_SCRIPTS = {
    "ko": re.compile(r"[가-힣]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "el": re.compile(r"[\u0370-\u03ff]{3}"),
}
_WORDS = {
    "en": "the is are was you your to of and in for it this that with can not have be on we i do "
    "does what how there will from at as by use should need if which has please yes when then "
    "it's don't isn't they but my so or an",
    "de": "der die das und ist nicht ein eine ich sie wir mit auf für den dem von zu sind wie kann "
    "haben werden auch bei oder aber wird nur noch",
    "fr": "le la les des est et vous je nous une dans pour que qui pas avec sur ce cette il elle "
    "sont être avez mais ou votre",
    "es": "el los las es una que para con por usted como está pero se del puede tiene son muy "
    "este esta también gracias",
    "pt": "não os uma para com você por como mas é do da dos das está são muito também pode isso",
    "it": "il gli è una che per con non sono come questo della del anche può essere ma si",
    "nl": "het een niet is van en voor met dat deze zijn wordt kan je naar ook maar hebben",
    "vi": "không là của và có được cho một này các",
    "id": "yang tidak dan ini untuk dengan adalah bisa dari anda saya",
    "tr": "bir ve bu için değil ile çok olarak var ben",
    "pl": "nie jest się na że jak to czy dla już",
}
_SETS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_MIN_LETTERS = 3
_SHARE = 0.12
_MIN_KNOWN = 2
_MIN_FOREIGN = 3
_SHARE_KNOWN = 0.25
_NAMES = {
    "ko": "Korean", "ja": "Japanese", "zh": "Chinese", "ru": "Russian", "ar": "Arabic",
    "he": "Hebrew", "th": "Thai", "hi": "Hindi", "el": "Greek", "en": "English", "de": "German",
    "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "nl": "Dutch",
    "vi": "Vietnamese", "id": "Indonesian", "tr": "Turkish", "pl": "Polish",
}  # fmt: skip


@lru_cache(maxsize=4096)
def prose_language(text: str) -> str:
    """Name the language of a text's sentences; code, addresses and names do not count.

    Returns:
        BCP 47 tag; empty where there are too few words to tell.
    """
    prose = _ADDRESS.sub(" ", without_code(text))
    if not prose.isascii():
        n_letters = sum(letter.isalpha() for letter in prose)
        counts = {tag: len(script.findall(prose)) for tag, script in _SCRIPTS.items()}
        if counts["ja"] * 3 >= counts["zh"] and counts["ja"]:
            counts["ja"] += counts.pop("zh")
        tag = max(counts, key=lambda each: counts[each])
        if counts[tag] >= _MIN_LETTERS and counts[tag] >= _SHARE * n_letters:
            return tag
        if counts["ko"]:
            return ""
    words = frozenset(word.casefold() for word in _WORD.findall(prose))
    known = {tag: len(words & those) for tag, those in _SETS.items()}
    best = max(known, key=lambda tag: (known[tag], tag == "en"))
    if best == "en":
        return "en" if known["en"] >= _MIN_KNOWN else ""
    is_sure = known[best] >= max(_MIN_FOREIGN, 3 * known["en"], _SHARE_KNOWN * len(words))
    return best if is_sure else "en" if known["en"] >= _MIN_KNOWN else ""


def odd_language(question: str, answer: str, wanted: frozenset[str]) -> Iterator[Odd]:
    """Yield an answer in another language than its question's, or than all that are wanted.

    Args:
        question: As asked.
        answer: As given.
        wanted: Languages of the project and of the conversation; empty where nobody said.
    """
    said, asked = prose_language(answer), prose_language(question)
    if said and asked and said != asked:
        yield whole("language", answer, f"is {name_of(said)}, the question {name_of(asked)}")
    elif said and wanted and said not in wanted:
        yield whole("language", answer, f"is {name_of(said)}, not {_names(wanted)}")


def odd_language_of_question(question: str, wanted: frozenset[str]) -> Iterator[Odd]:
    """Yield a question in none of the languages that are wanted."""
    asked = prose_language(question)
    if wanted and asked and asked not in wanted:
        yield whole("language", question, f"is {name_of(asked)}, not {_names(wanted)}")


def _names(tags: frozenset[str]) -> str:
    return " or ".join(sorted(name_of(tag) for tag in tags))


def name_of(tag: str) -> str:
    """Return a language's English name."""
    return _NAMES.get(tag, tag)
