"""What opens or names a machine: e-mail, keys, passwords, MAC and serial numbers, licences, IPs."""

import ipaddress
import re
from collections.abc import Iterator

from chatmill.text.masking.spans import PrivateSpan, near

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,6}"
    r"[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_MACHINE_USERS = ("git@", "hg@", "svn@")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-[A-Za-z0-9_-]{16,200}|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,200}"
    r"|gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{16,64}"
    r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])|AIza[A-Za-z0-9_-]{30,45}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}|hf_[A-Za-z0-9]{20,64}"
    r"|npm_[A-Za-z0-9]{20,64}|pypi-[A-Za-z0-9_-]{20,250}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"
    r"|ya29\.[A-Za-z0-9_-]{20,250}|dop_v1_[a-f0-9]{32,64}|r8_[A-Za-z0-9]{20,64}"
    r"|eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{4,4000}(?:\.[A-Za-z0-9_-]{0,2000})?)"
)
_BEARER = re.compile(r"\b[Bb]earer\s{1,3}([A-Za-z0-9._~+/=-]{16,2000})")
_PEM = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,8000}"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_IS = r"\s{0,3}(?:\bis\b|\bwas\b|은|는|이|가|:=|:|=|->|→)\s{0,3}(?:now\s)?"
_NAMED_KEY = re.compile(
    r"(?:\b(?:api|access|secret|auth|private|client|account)[ _-]?(?:key|token|secret)(?:[ _-]?id)?"
    r"|\btoken|\bsecret|\bapikey|API\s?키|비밀\s?키|액세스\s?키|인증\s?키|접근\s?키|토큰|시크릿(?:\s?키)?)"
    rf"[\"']?{_IS}[\"'`]?(?P<value>[A-Za-z0-9_./+=~-]{{12,500}})",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"(?:\bpass(?:word|wd|phrase|code)|\bpwd|\bpw|\bPIN(?:\s(?:code|number))?|비밀\s?번호|비번|패스워드"
    r"|패스|암호)\s{0,2}(?:\(\w{1,12}\)|for [\w ]{1,20})?[\"']?"
    r"(?P<link>\s{0,3}(?:\bis\b|\bwas\b|\bto\b|은|는|이|가|를|을|:|=|->|→)\s{0,3}|\s{1,3})[\"'`“]?"
    r"(?P<value>[!-~]{4,64})",
    re.IGNORECASE,
)
_CODE_VALUE = re.compile(r"[A-Za-z_][\w.]*\(|[<{$%\[]|0x|https?:", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z'-]+")
_NOT_PASSWORDS_WORDS = """
admin root none null true false empty blank required correct incorrect wrong invalid valid expired
changed reset here there this that same your mine what with and protected set needed missing
optional field prompt authentication manager hash hashes based login string test password username
user must should will does
"""
_NOT_PASSWORDS = frozenset(_NOT_PASSWORDS_WORDS.split())
_MAC = re.compile(
    r"(?<![0-9A-Za-z:.-])(?:[0-9A-Fa-f]{2}(?P<sign>[:-])[0-9A-Fa-f]{2}(?:(?P=sign)[0-9A-Fa-f]{2}){4}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![0-9A-Za-z]|[:-][0-9A-Fa-f]{2})"
)
_BARE_MAC = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_MAC_WORDS = re.compile(r"\bMAC\b|맥\s?주소|물리적\s?주소", re.IGNORECASE)
_EXAMPLE_MACS = re.compile(
    r"(?:00){4}|ffffff|aabbcc|112233|123456|abcdef|01005e|deadbe|(?:(..)\1\1)$|^0180c2"
)
_LABEL_END = r"\s{0,2}(?:\bis\b|은|는|이|가|[:#=.]{1,2})?\s{0,2}"
_SERIAL = re.compile(
    r"(?:(?<![A-Za-z0-9])(?:S/N|SN|serial(?:\s?(?:numbers?|nos?|nr|#))?|IMEI|ESN|ICCID|device\s?id)"
    r"(?![A-Za-z])|시리얼\s?(?:번호|넘버)?|일련\s?번호|제조\s?번호|기기\s?번호)"
    rf"{_LABEL_END}(?P<value>[A-Z0-9](?:[A-Z0-9/-]{{4,38}})[A-Z0-9])(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"(?<![A-Za-z0-9-])(?:[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3,5}|[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3,7}"
    r"|[A-Z0-9]{6}(?:-[A-Z0-9]{6}){2,5})(?![A-Za-z0-9-])"
)
_NAMED_LICENCE = re.compile(
    r"(?:\b(?:licen[cs]e|product|activation|registration|cd|serial)[ -]?(?:key|code|number)"
    r"|라이[선센]스\s?(?:키|번호|코드)?|제품\s?키|정품\s?(?:인증)?\s?(?:키|번호)|인증\s?(?:키|코드|번호)"
    rf"|시리얼\s?키|활성화\s?(?:키|코드)){_LABEL_END}(?P<value>[A-Z0-9](?:[A-Z0-9-]{{6,60}})[A-Z0-9])"
    r"(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![A-Za-z0-9_.-])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9_-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![A-Za-z0-9_:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}(?![A-Za-z0-9_:])",
    re.IGNORECASE,
)
_VERSION_WORDS = re.compile(
    r"(?:\bv(?:er(?:sion)?)?\.?|\bfirmware|\brelease|\bbuild|\bfw|\bdriver|\brev(?:ision)?|버전|펌웨어|릴리스)"
    r"\s{0,2}(?:is|:|=|은|는|이)?\s{0,2}[vV]?\Z",
    re.IGNORECASE,
)
_PUBLIC_SERVERS_WORDS = """
8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 168.126.63.1 168.126.63.2
164.124.101.2 203.248.252.2 210.220.163.82 219.250.36.130 4.2.2.1 4.2.2.2 1.2.3.4 11.22.33.44
5.6.7.8
"""
_PUBLIC_SERVERS = frozenset(_PUBLIC_SERVERS_WORDS.split())
_SMALL = 32
"""A number of four parts all below this is more often a version than an address."""


def find_emails(text: str) -> Iterator[PrivateSpan]:
    """Find e-mail addresses."""
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        if not match.group().startswith(_MACHINE_USERS):
            yield _span("email", match.start(), match.end(), match.group().casefold())


def find_keys(text: str) -> Iterator[PrivateSpan]:
    """Find API keys, tokens and private keys."""
    for pattern in (_TOKEN, _PEM):
        for match in pattern.finditer(text):
            yield _span("key", match.start(), match.end(), match.group())
    for match in _BEARER.finditer(text):
        yield _span("key", match.start(1), match.end(1), match.group(1))
    for match in _NAMED_KEY.finditer(text):
        value = match.group("value").rstrip(".")
        has_digit = any(map(str.isdigit, value))
        if has_digit and not value.startswith("0x") and any(map(str.isalpha, value)):
            start = match.start("value")
            yield _span("key", start, start + len(value), value)


def find_passwords(text: str) -> Iterator[PrivateSpan]:
    """Find passwords somebody says: `password: …`, `비밀번호는 …입니다`."""
    for match in _PASSWORD.finditer(text):
        value = match.group("value")
        closes = ")" if "(" in text[max(0, match.start() - 40) : match.start()] else ""
        value = value.rstrip(f".,;:'\"`”?{closes}")
        if len(value) >= 4 and _is_password(value, match.group("link").strip()):  # noqa: PLR2004 - as in a PIN
            start = match.start("value")
            yield _span("password", start, start + len(value), value)


def _is_password(value: str, link: str) -> bool:
    if _CODE_VALUE.match(value) and "(" in value[:-1] and value.endswith(")"):
        return False
    if value.casefold().strip("!.*") in _NOT_PASSWORDS or not value.strip("*.-_=<>"):
        return False
    if link in (":", "="):
        return True
    is_word = _WORD.fullmatch(value.rstrip("!?.")) is not None
    has_digit = any(map(str.isdigit, value))
    has_sign = any(not each.isalnum() for each in value[:-1])
    if not link:
        return has_digit and (has_sign or any(map(str.isalpha, value)))
    return not is_word and (has_digit or has_sign)


def find_macs(text: str) -> Iterator[PrivateSpan]:
    """Find hardware addresses; makers' prefixes and made-up examples are none."""
    for match in _MAC.finditer(text):
        value = re.sub(r"[^0-9a-f]", "", match.group().casefold())
        if not _EXAMPLE_MACS.search(value):
            yield _span("mac", match.start(), match.end(), value)
    for match in _BARE_MAC.finditer(text):
        value = match.group().casefold()
        if not _EXAMPLE_MACS.search(value) and near(
            text, match.start(), match.end(), _MAC_WORDS, reach=20
        ):
            yield _span("mac", match.start(), match.end(), value)


def find_serials(text: str) -> Iterator[PrivateSpan]:
    """Find serial numbers behind a word that says so."""
    for match in _SERIAL.finditer(text):
        value = match.group("value")
        if sum(map(str.isdigit, value)) >= 3 and not value.casefold().startswith("0x"):  # noqa: PLR2004 - `spi4` is none
            yield _span("serial", match.start("value"), match.end("value"), value.casefold())


def find_licences(text: str) -> Iterator[PrivateSpan]:
    """Find licence keys by their groups, or behind a word that says so."""
    for match in _LICENCE.finditer(text):
        value = match.group()
        if any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
            yield _span("licence", match.start(), match.end(), value.casefold())
    for match in _NAMED_LICENCE.finditer(text):
        value = match.group("value")
        if sum(map(str.isdigit, value)) >= 2:  # noqa: PLR2004 - a word has none
            yield _span("licence", match.start("value"), match.end("value"), value.casefold())


def find_ips(text: str) -> Iterator[PrivateSpan]:
    """Find public IP addresses; private, documentation and well-known ones stay."""
    for match in _IPV4.finditer(text):
        if _is_somebodys(match.group(), text[max(0, match.start() - 20) : match.start()]):
            yield _span("ip", match.start(), match.end(), match.group())
    if text.count(":") > 2:  # noqa: PLR2004 - an IPv6 address has more
        for match in _IPV6.finditer(text):
            if _is_global(match.group()):
                yield _span("ip", match.start(), match.end(), match.group().casefold())


def _is_somebodys(value: str, before: str) -> bool:
    if value in _PUBLIC_SERVERS or _VERSION_WORDS.search(before) or not _is_global(value):
        return False
    parts = [int(each) for each in value.split(".")]
    return any(each >= _SMALL for each in parts) and parts[-1] not in (0, 255)


def _is_global(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _span(kind: str, start: int, end: int, value: str) -> PrivateSpan:
    return PrivateSpan(start=start, end=end, kind=kind, value=value)
