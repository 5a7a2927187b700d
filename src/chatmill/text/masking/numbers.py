"""Numbers that belong to a person or company: phones, identity numbers, cards, accounts."""

import re
from collections.abc import Iterator
from functools import lru_cache

from chatmill.text.masking.spans import PrivateSpan, near, squeezed

_BEFORE = r"(?<![A-Za-z0-9_.+#-])"
_AFTER = r"(?![A-Za-z0-9_-])(?!\.\d)"
_DASH = r"[-‐‑–.\s]"
_PHONE_WORDS = re.compile(
    r"\b(?:phone|mobile|cell|tel|telephone|call|fax|whatsapp|text me|reach|ring"
    r"|number|contact|dial)"
    r"|전화|휴대폰|핸드폰|연락|번호|문자|팩스|☎|대표번호|콜센터|고객센터|폰",
    re.IGNORECASE,
)
_KOREAN_PHONE = re.compile(
    rf"{_BEFORE}(?:(?:\+|00)?82{_DASH}?\(?0?\)?|\(?0)"
    rf"(?:1[016789]|2|[3-6][1-5]|44|50\d|70|80)\)?{_DASH}?\d{{3,4}}{_DASH}?\d{{4}}{_AFTER}"
)
_HOTLINE = re.compile(rf"{_BEFORE}1[5-8]\d{{2}}[- ]?\d{{4}}{_AFTER}")
_AMERICAN_PHONE = re.compile(
    rf"{_BEFORE}(?:(?:\+|00)?1[-. ]?)?(?:\([2-9]\d{{2}}\)[-. ]?|[2-9]\d{{2}}[-. ])"
    rf"\d{{3}}[-. ]\d{{4}}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![A-Za-z0-9_-])(?!\.\d)"
)
_FOREIGN_PHONE = re.compile(
    r"(?<![A-Za-z0-9_+])" rf"\+\d{{1,3}}(?:[-. ]?\(?\d{{1,5}}\)?){{1,5}}{_AFTER}"
)
_BARE_PHONE = re.compile(r"(?<![A-Za-z0-9_.+#/-])\d{10,15}(?:x\d{1,6})?(?![A-Za-z0-9_-])(?!\.\d)")
_RESIDENT = re.compile(rf"{_BEFORE}(\d{{6}})[-–]?\s?([0-9])(\d{{6}}|\d{{0,5}}\*{{1,6}}){_AFTER}")
_RESIDENT_WORDS = re.compile(
    r"주민|외국인\s?등록|등록번호|생년월일|신분|resident|registration|\bRRN\b|\bID\b", re.IGNORECASE
)
_SOCIAL_SECURITY = re.compile(
    rf"{_BEFORE}(?!000|666|9)\d{{3}}-(?!00)\d{{2}}-(?!0000)\d{{4}}{_AFTER}"
)
_PASSPORT = re.compile(rf"{_BEFORE}[A-Z](?:\d{{8}}|\d{{3}}[A-Z]\d{{4}}){_AFTER}")
_PASSPORT_WORDS = re.compile(r"여권|passport", re.IGNORECASE)
_DRIVER = re.compile(rf"{_BEFORE}\d{{2}}-\d{{2}}-\d{{6}}-\d{{2}}{_AFTER}")
_BUSINESS = re.compile(rf"{_BEFORE}\d{{3}}[- ]?\d{{2}}[- ]?\d{{5}}{_AFTER}")
_BUSINESS_WORDS = re.compile(r"사업자|법인", re.IGNORECASE)
_CORPORATE = re.compile(rf"{_BEFORE}\d{{6}}-\d{{7}}{_AFTER}")
_EMPLOYER = re.compile(rf"{_BEFORE}\d{{2}}-\d{{7}}{_AFTER}")
_EMPLOYER_WORDS = re.compile(r"\bEIN\b|\btax\b|\bemployer\b|\bVAT\b|\bTIN\b", re.IGNORECASE)
_CARD = re.compile(rf"{_BEFORE}\d{{4}}(?:[ -]?\d){{8,15}}{_AFTER}")
_CARD_WORDS = re.compile(
    r"카드|\b(?:card|visa|mastercard|amex|credit|debit|maestro|discover)\b", re.IGNORECASE
)
_IBAN = re.compile(rf"{_BEFORE}[A-Z]{{2}}\d{{2}}(?:[ -]?[A-Z0-9]){{11,30}}(?![A-Za-z0-9_])")
_KOREAN_BANKS = (
    r"(?:국민|신한|우리|하나|농협|기업|산업|수협|부산|대구|광주|전북|경남|제주|외환|한국씨티|씨티"
    r"|SC\s?제일|제일|iM|카카오|토스|케이|KB|NH|IBK|KDB|KEB|SC)\s?(?:은행|뱅크)"
    r"|카뱅|케뱅|국민|신한|농협|기업|새마을금고|신협|우체국|수협|저축은행"
)
_ENGLISH_BANKS = (
    r"\b(?:Chase|Wells Fargo|Bank of America|BofA|Citi(?:bank)?|HSBC|Barclays|Lloyds|NatWest"
    r"|Santander|Monzo|Revolut|Capital One|US Bank|U\.S\. Bank|PNC|TD Bank|Truist|Ally"
    r"|[A-Z][a-z]{2,12} (?:Bank|Credit Union))\b"
)
_ACCOUNT_WORDS = re.compile(
    rf"계좌|입금|송금|통장|예금|{_KOREAN_BANKS}|{_ENGLISH_BANKS}"
    r"|\b(?:[Aa]ccount|[Aa]cct|A/C|[Rr]outing|ABA|[Ss]ort code|[Bb]ank|IBAN|BBAN|[Ww]ire)\b"
)
_ACCOUNT = re.compile(
    r"(?<![A-Za-z0-9_.+#/-])(?:[A-Z]{4}\d{14}|\d{2,8}(?:[- ]\d{1,8}){1,4}|\d{8,17})"
    r"(?![A-Za-z0-9_-])(?!\.\d)"
)
_ACCOUNT_REACH = 28
_ACCOUNT_DIGITS = range(8, 18)
_DAYS = 31
_MONTHS = 12
_CARD_DIGITS = range(13, 20)
_SHORT_CARD = 12
_CARD_FIRST = "23456"


def find_phones(text: str) -> Iterator[PrivateSpan]:
    """Find phone numbers: Korean, American and those with a country code."""
    for pattern in (_KOREAN_PHONE, _AMERICAN_PHONE):
        for match in pattern.finditer(text):
            yield _span("phone", match.start(), match.end(), match.group())
    for match in _HOTLINE.finditer(text):
        if near(text, match.start(), match.end(), _PHONE_WORDS, reach=16):
            yield _span("phone", match.start(), match.end(), match.group())
    if "+" in text:
        for match in _FOREIGN_PHONE.finditer(text):
            if _is_phone(match.group(), "ZZ"):
                yield _span("phone", match.start(), match.end(), match.group())
    for match in _BARE_PHONE.finditer(text):
        number = match.group().partition("x")[0]
        if near(text, match.start(), match.end(), _PHONE_WORDS) and (
            _is_phone(number, "US") or _is_phone(number, "KR")
        ):
            yield _span("phone", match.start(), match.end(), match.group())


@lru_cache(maxsize=4096)
def _is_phone(number: str, region: str) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(parsed))


def find_residents(text: str) -> Iterator[PrivateSpan]:
    """Find numbers of people: resident, foreigner, social security, passport, driver."""
    for match in _RESIDENT.finditer(text):
        if _is_resident(match, text):
            yield _span("resident", match.start(), match.end(), match.group())
    for pattern in (_SOCIAL_SECURITY, _DRIVER):
        for match in pattern.finditer(text):
            yield _span("resident", match.start(), match.end(), match.group())
    for match in _PASSPORT.finditer(text):
        if near(text, match.start(), match.end(), _PASSPORT_WORDS):
            yield _span("resident", match.start(), match.end(), match.group())


def _is_resident(match: re.Match[str], text: str) -> bool:
    """Born on a day there is; without a dash the check digit or a word has to agree."""
    born, _sex, rest = match.groups()
    month, day = int(born[2:4]), int(born[4:6])
    if near(text, match.start(), match.end(), _RESIDENT_WORDS):
        return True
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS):
        return False
    if "*" in rest or "-" in match.group() or "–" in match.group():
        return True
    from stdnum.kr import rrn

    return bool(rrn.is_valid(match.group(), allow_future=False))


def find_businesses(text: str) -> Iterator[PrivateSpan]:
    """Find numbers of companies: Korean business and corporate numbers, American employers'."""
    for match in _BUSINESS.finditer(text):
        is_named = near(text, match.start(), match.end(), _BUSINESS_WORDS)
        if is_named or ("-" in match.group() and _is_business(match.group())):
            yield _span("business", match.start(), match.end(), match.group())
    for match in _CORPORATE.finditer(text):
        if near(text, match.start(), match.end(), _BUSINESS_WORDS):
            yield _span("business", match.start(), match.end(), match.group())
    for match in _EMPLOYER.finditer(text):
        if near(text, match.start(), match.end(), _EMPLOYER_WORDS):
            yield _span("business", match.start(), match.end(), match.group())


def _is_business(number: str) -> bool:
    """Tell a Korean business number by its check digit, which python-stdnum leaves out."""
    digits = [int(each) for each in number if each.isdigit()]
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(d * w for d, w in zip(digits, weights, strict=False)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


def find_cards(text: str) -> Iterator[PrivateSpan]:
    """Find payment cards by their check digit (Luhn)."""
    for match in _CARD.finditer(text):
        number = squeezed(match.group())
        is_account = _ACCOUNT_WORDS.search(text[max(0, match.start() - 12) : match.start()])
        is_named = not is_account and near(text, match.start(), match.end(), _CARD_WORDS)
        is_long = len(number) in _CARD_DIGITS
        is_short = len(number) == _SHORT_CARD
        if (is_named and (is_long or is_short)) or (
            is_long and number[0] in _CARD_FIRST and _is_luhn(number)
        ):
            yield _span("card", match.start(), match.end(), match.group())


def _is_luhn(number: str) -> bool:
    from stdnum import luhn

    return bool(luhn.is_valid(number)) and len(set(number)) > 2  # noqa: PLR2004 - 4444 4444 … is an example


def find_ibans(text: str) -> Iterator[PrivateSpan]:
    """Find international account numbers by their check digits."""
    for match in _IBAN.finditer(text):
        words = re.split(r"(?<=\s)", match.group())
        for n_words in range(len(words), 0, -1):  # capitals that follow are no part of it
            number = "".join(words[:n_words]).rstrip()
            if _is_iban(number):
                yield _span("iban", match.start(), match.start() + len(number), number)
                break


@lru_cache(maxsize=4096)
def _is_iban(number: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(number, check_country=False))


def find_accounts(text: str) -> Iterator[PrivateSpan]:
    """Find account numbers beside the name of a bank or a word for account."""
    words = [(each.start(), each.end()) for each in _ACCOUNT_WORDS.finditer(text)]
    if not words:
        return
    place = 0
    for match in _ACCOUNT.finditer(text):
        if sum(map(str.isdigit, match.group())) not in _ACCOUNT_DIGITS:
            continue
        while place < len(words) and words[place][1] <= match.start():
            place += 1
        is_after = place > 0 and match.start() - words[place - 1][1] <= _ACCOUNT_REACH
        is_before = place < len(words) and 0 <= words[place][0] - match.end() <= 4  # noqa: PLR2004 - " (", " - "
        if is_after or is_before:
            yield _span("account", match.start(), match.end(), match.group())


def _span(kind: str, start: int, end: int, value: str) -> PrivateSpan:
    return PrivateSpan(start=start, end=end, kind=kind, value=squeezed(value))
