"""Letters of mails are read as they were meant, also where the label lies."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.decoding import is_damaged
from chatmill.importers.mail.charsets import decoded, words_of

KOREAN = "W5500 소켓은 몇 개인가요?"


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "euc-kr"),
        ("utf-8", "us-ascii"),
        ("utf-8", ""),
        ("cp949", "ks_c_5601-1987"),
        ("cp949", "euc-kr"),
        ("cp949", "utf-8"),
        ("cp949", "iso-8859-1"),
        ("cp949", "x-made-up"),
        ("cp949", ""),
        ("iso-2022-kr", "iso-2022-kr"),
        ("utf-16", "utf-16"),
    ],
)
def test_korean_is_read_whatever_its_label(codec: str, label: str) -> None:
    """Right, missing, wrong and unknown labels all give the same words."""
    assert decoded(KOREAN.encode(codec), label) == KOREAN


def test_letters_beyond_the_standard_are_read() -> None:
    """CP949's own syllables come under the name of EUC-KR, Windows' quotes under Latin-1."""
    assert decoded("똠방각하 펲".encode("cp949"), "euc-kr") == "똠방각하 펲"
    assert decoded("“Größe” – 5 €".encode("cp1252"), "iso-8859-1") == "“Größe” – 5 €"
    assert decoded("ﾃｽﾄ ①".encode("cp932"), "shift_jis") == "ﾃｽﾄ ①"


def test_headers_are_decoded() -> None:
    """Encoded words, syllables cut between two of them, bare bytes, and words that are neither."""
    euc = base64.b64encode("문의".encode("euc-kr"))
    assert words_of(f"=?euc-kr?b?{euc.decode()}?=") == "문의"
    data = "소켓".encode()
    halves = (base64.b64encode(each).decode() for each in (data[:4], data[4:]))
    assert words_of(" ".join(f"=?UTF-8?B?{each}?=" for each in halves)) == "소켓"
    assert words_of("Re: =?utf-8?q?=EC=86=8C=EC=BC=93?=\n\t W5500") == "Re: 소켓 W5500"
    assert words_of("=?x-made-up?q?abc?= =?utf-8?b?!!!?=")
    assert words_of("문의".encode("cp949").decode("ascii", "surrogateescape")) == "문의"


def test_what_nobody_can_read_is_marked() -> None:
    """Bytes that are no text are marked, so that the mail is listed and not stored half."""
    text = decoded(b"\xec\x86\x8c\xff\xfe\x00\x81 " * 3, "utf-8")
    assert is_damaged(text) or text


@given(data=st.binary(max_size=80), label=st.text(max_size=12))
def test_any_bytes_are_decoded(data: bytes, label: str) -> None:
    """No bytes under any label raise."""
    assert isinstance(decoded(data, label), str)
    assert isinstance(words_of(data.decode("ascii", "surrogateescape")), str)
