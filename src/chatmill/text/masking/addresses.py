"""Postal addresses: Korean road-name and lot addresses, American and British forms."""

import re
from collections.abc import Iterator

from chatmill.text.masking.spans import PrivateSpan, squeezed

_PROVINCE = (
    r"(?:(?:서울|부산|대구|인천|광주|대전|울산|세종)(?:특별자치시|특별시|광역시|시)?"
    r"|(?:경기|강원|충청북|충청남|전라북|전라남|전북|경상북|경상남|제주)(?:특별자치)?도|강원|경기|충북|충남|전북|전남"
    r"|경북|경남|제주)"
)
_UNIT = r"[가-힣0-9]{1,10}(?:시|군|구)"
_ROAD = r"[가-힣]{1,10}[0-9]{0,3}(?:대로|로|길|거리|가|대길)(?:\s?[0-9]{1,4}(?:번)?(?:가)?길)?"
_LOT = r"[가-힣]{1,10}(?:[0-9]{0,2}(?:동|읍|면|리|가|마을))(?:\s[가-힣]{1,8}리)?"
_HOUSE = r"\s{0,2}(?:산|지하)?\s?[0-9]{1,5}(?:-[0-9]{1,4})?(?:번지|호)?(?![0-9A-Za-z:%]|\.[0-9])"
_DETAIL = (
    r"(?:,?\s{0,2}\([가-힣0-9A-Za-z ,·]{1,30}\)|,?\s{0,2}(?:[가-힣A-Za-z0-9]{1,15}\s?)?"
    r"(?:(?:[0-9]{1,4}|[가-힣A-Za-z])동\s?)?(?:지하\s?)?[0-9]{1,4}(?:층|호)(?:\s?[0-9]{1,4}호)?){0,3}"
)
_KOREAN = re.compile(
    rf"(?<![가-힣])(?:{_PROVINCE}\s{{0,2}}(?:{_UNIT}\s{{1,2}}){{0,3}}|(?:{_UNIT}\s{{1,2}}){{1,3}})"
    rf"(?:{_LOT}\s{{1,2}})?(?:{_ROAD}|{_LOT}){_HOUSE}{_DETAIL}"
)
_LABELLED = re.compile(
    rf"(?:주소|배송지|받는\s?곳|보내실\s?곳|위치)\s{{0,2}}(?:은|는|이|가|:)?\s{{0,2}}"
    rf"(?P<value>(?:{_ROAD}|{_LOT}){_HOUSE}{_DETAIL})"
)
_KOREAN_GATE = re.compile(r"[로길리동읍면가을]\s{0,2}(?:산|지하)?\s?[0-9]")
_NAME = r"(?:[A-Z][A-Za-z'’.-]{0,20}|[0-9]{1,3}(?:st|nd|rd|th))"
_STATE = (
    r"(?:A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]"
    r"|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])"
)
_ROOM = r"(?:,?\s{1,2}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Floor|#)\.?\s?[0-9A-Za-z-]{1,6})?"
_CITY = (
    r"[A-Z][A-Za-z'’.-]{1,24}(?:\s[A-Z][A-Za-z'’.-]{1,20}){0,3},?\s{1,2}"
    rf"{_STATE}\s{{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9])"
)
_STREET = rf"[0-9]{{1,6}}[A-Za-z]?\s{{1,2}}{_NAME}(?:\s{_NAME}){{0,4}}{_ROOM}"
_MILITARY = (
    r"(?:PSC\s[0-9]{1,5},?\s{1,2}Box\s[0-9]{1,6}|Unit\s[0-9]{1,6}\sBox\s[0-9]{1,6}"
    r"|US(?:NS|NV|CGC|S)\s[A-Z][A-Za-z]{1,20})"
)
_AMERICAN = re.compile(
    rf"(?<![A-Za-z0-9.-])(?:(?:{_STREET}|{_MILITARY}|P\.?\s?O\.?\sBox\s[0-9]{{1,6}})\s{{0,2}}[,\n]?\s{{0,2}})?{_CITY}"
)
_TYPE = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Place|Pl"
    r"|Terrace|Way|Close|Crescent|Gardens|Parkway|Pkwy|Highway|Hwy|Mews|Row|Hill|Grove)"
)
_POSTCODE = r"[A-Z]{1,2}[0-9][A-Z0-9]?\s[0-9][A-Z]{2}(?![A-Za-z0-9])"
_STREET_ONLY = re.compile(
    rf"(?<![A-Za-z0-9.-])[0-9]{{1,6}}[A-Za-z]?\s{{1,2}}(?:(?:{_NAME})\s){{1,4}}{_TYPE}\b\.?{_ROOM}"
    rf"(?:\s{{0,2}}[,\n]\s{{0,2}}[A-Z][A-Za-z'’ -]{{1,30}}){{0,2}}(?:,?\s{{1,2}}{_POSTCODE})?"
)
_LINE = r"\s{0,2}[,\n]\s{0,2}"
_BRITISH = re.compile(
    r"(?<![A-Za-z0-9.-])(?:(?:Flat|Studio|Unit|Apartment)\s[0-9]{1,4}[A-Za-z]?\s{0,2}[,\n]?\s{0,2})?"
    rf"(?:[0-9]{{1,4}}[A-Za-z]?\s{{1,2}})?{_NAME}(?:[ ]{_NAME}){{0,3}}"
    rf"(?:{_LINE}{_NAME}(?:[ ]{_NAME}){{0,2}}){{1,3}}\s{{0,2}}[,\n]?\s{{0,2}}{_POSTCODE}"
)
_AMERICAN_GATE = re.compile(rf"{_STATE}\s{{1,2}}[0-9]{{5}}")
_STREET_GATE = re.compile(rf"\b{_TYPE}\b")
_POSTCODE_GATE = re.compile(_POSTCODE)


def find_addresses(text: str) -> Iterator[PrivateSpan]:
    """Find postal addresses."""
    if _KOREAN_GATE.search(text):
        for match in _KOREAN.finditer(text):
            yield _span(text, match.start(), match.end())
        for match in _LABELLED.finditer(text):
            yield _span(text, match.start("value"), match.end("value"))
    for gate, pattern in (
        (_AMERICAN_GATE, _AMERICAN),
        (_POSTCODE_GATE, _BRITISH),
        (_STREET_GATE, _STREET_ONLY),
    ):
        if gate.search(text):
            for match in pattern.finditer(text):
                yield _span(text, match.start(), match.end())


def _span(text: str, start: int, end: int) -> PrivateSpan:
    found = text[start:end].rstrip()
    return PrivateSpan(start=start, end=start + len(found), kind="address", value=squeezed(found))
