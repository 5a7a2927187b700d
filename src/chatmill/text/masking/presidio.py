"""Microsoft Presidio as a second finder: `[privacy] presidio = true`, after installing it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from chatmill.errors import MissingExtraError
from chatmill.text.masking.spans import PrivateSpan, squeezed

_KINDS = {
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "resident",
    "KR_RRN": "resident",
    "KR_FRN": "resident",
    "KR_BRN": "business",
}
"""What of it is asked: its recognisers without a language model, but those that take version
numbers and private addresses for somebody's."""
_LEAST_SCORE = 0.4


def find_with_presidio(text: str) -> Iterator[PrivateSpan]:
    """Find what Presidio finds.

    Raises:
        MissingExtraError: It is not installed.
    """
    for each in _engine().analyze(text, language="en", score_threshold=_LEAST_SCORE):
        kind = _KINDS.get(each.entity_type)
        if kind is not None:
            value = squeezed(text[each.start : each.end])
            yield PrivateSpan(start=each.start, end=each.end, kind=kind, value=value)


@lru_cache(maxsize=1)
def _engine() -> Any:  # noqa: ANN401 - a package that need not be installed
    try:
        from presidio_analyzer import (  # type: ignore[import-not-found]  # need not be installed
            AnalyzerEngine,
            RecognizerRegistry,
        )
        from presidio_analyzer import (
            predefined_recognizers as recognizers,
        )
        from presidio_analyzer.nlp_engine import (  # type: ignore[import-not-found]  # as above
            NoOpNlpEngine,
        )
    except ImportError as error:
        raise MissingExtraError(
            "presidio-analyzer is not installed",
            where="[privacy] presidio",
            fix="pip install presidio-analyzer, or set it to false",
        ) from error
    registry = RecognizerRegistry(supported_languages=["en"])
    for make in (
        *(
            recognizers.CreditCardRecognizer,
            recognizers.IbanRecognizer,
            recognizers.UsSsnRecognizer,
        ),
        *(recognizers.KrRrnRecognizer, recognizers.KrFrnRecognizer, recognizers.KrBrnRecognizer),
    ):
        registry.add_recognizer(make(supported_language="en"))
    registry.add_recognizer(
        recognizers.PhoneRecognizer(supported_language="en", supported_regions=("KR", "US", "GB"))
    )
    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "no_op"}])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
