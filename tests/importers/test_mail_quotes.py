"""What a person wrote in a mail is told from what their program repeated."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.html_text import html_to_text
from chatmill.importers.mail.marks import MAIL_CUTS
from chatmill.importers.mail.quotes import without_quotes, without_reply_quote
from mail_forms import FORMS

PAGES = {
    "gmail": '<div dir="ltr">8개입니다.<div><br></div><div>TX 16 KB</div></div><br>'
    '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">2024년 3월 11일 (월) 오전 9:12, '
    '김민수 &lt;<a href="mailto:minsu@example.com">minsu@example.com</a>&gt;님이 작성:<br></div>'
    '<blockquote class="gmail_quote">소켓은 몇 개?</blockquote></div>',
    "outlook": '<div class="WordSection1"><p class="MsoNormal">8개입니다.<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">TX 16 KB</p><div>'
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    '<p class="MsoNormal"><b>From:</b> 김민수<br><b>Sent:</b> Monday</p></div></div>'
    '<p class="MsoNormal">소켓은 몇 개?</p></div>',
    "outlook web": "<div>8개입니다.</div><div><br></div><div>TX 16 KB</div>"
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>보낸 사람:</b> 김민수</div>'
    "<div>소켓은 몇 개?</div>",
    "apple": "<div>8개입니다.</div><div><br></div><div>TX 16 KB</div><div><br><blockquote "
    'type="cite"><div>On 11 Mar 2024, Kim wrote:</div><div>소켓은 몇 개?</div></blockquote></div>',
    "thunderbird": '<p>8개입니다.</p><p>TX 16 KB</p><div class="moz-cite-prefix">On 3/11/24, Kim '
    'wrote:</div><blockquote type="cite"><p>소켓은 몇 개?</p></blockquote>'
    '<div class="moz-signature">-- <br>Park</div>',
    "naver": "<p>8개입니다.</p><p>TX 16 KB</p><p>-----Original Message-----<br><b>From:</b> "
    '"김민수"&lt;minsu@naver.com&gt;<br><b>To:</b> &lt;a@example.com&gt;<br><b>Sent:</b> 2024'
    "<br><b>Subject:</b> 문의</p><p>소켓은 몇 개?</p>",
}


@pytest.mark.parametrize("name", FORMS)
def test_only_what_was_written_stays(name: str) -> None:
    """Each program's quotes, signatures and footers go, and nothing a person wrote does."""
    body, expected = FORMS[name]
    assert without_quotes(body) == expected


@pytest.mark.parametrize("name", PAGES)
def test_quotes_of_pages_are_cut(name: str) -> None:
    """The HTML of each program says which part is quoted, and the whole is kept beside it."""
    page = html_to_text(PAGES[name], MAIL_CUTS)
    assert without_quotes(page.text) == "8개입니다.\n\nTX 16 KB"
    assert "소켓은 몇 개?" in (page.original or page.text)


@pytest.mark.parametrize(
    "body",
    [
        "> only a quote\n> of two lines",
        "-- \nJihyun Park\nTel. 031-000-0000",
        "-----원본 메시지-----\n네",
    ],
)
def test_a_mail_that_is_only_quote_stays_whole(body: str) -> None:
    """Cutting never leaves a mail without words."""
    assert without_quotes(body) == body


def test_a_forwarded_mail_is_content() -> None:
    """What somebody hands on is what they want to say; only its signature may go."""
    head = "From: Kim <k@example.com>\nSent: Monday\nTo: Park\nSubject: VERSIONR\n\nIt reads 0x00."
    assert without_quotes(f"FYI\n\n{head}", is_forward=True) == f"FYI\n\n{head}"
    marked = f"FYI\n\n---------- Forwarded message ---------\n{head}"
    assert without_quotes(marked) == marked


def test_a_comment_keeps_quotes_it_answers_line_by_line() -> None:
    """On GitHub only a leading quote and one a mail program wrote are cut."""
    inline = "Two things.\n\n> the clock?\n\n25 MHz.\n\n> the reset?\n\n500 us."
    assert without_reply_quote(inline) == inline
    assert without_reply_quote("> the clock?\n\n25 MHz.") == "25 MHz."
    mail = (
        "25 MHz.\n\nOn Mon, 11 Mar 2024 at 09:12, Kim <notifications@github.com>\n"
        "wrote:\n\n> clock?"
    )
    assert without_reply_quote(mail) == "25 MHz."
    assert without_reply_quote("> only this") == "> only this"


@given(
    text=st.text(
        alphabet="On wrote:<>@-_\n 2024년월김님이작성From:Sent원본메시지감사합니다`", max_size=400
    )
)
def test_words_stay_in_order_and_something_is_left(text: str) -> None:
    """Whatever a mail looks like, its text is made of its own lines, and is empty only with it."""
    left = without_quotes(text)
    assert bool(left) == bool(text.strip())
    lines = iter([line.strip() for line in text.split("\n")])
    assert all(line.strip() in lines for line in left.split("\n") if line.strip())


def test_hostile_mails_cost_no_more_than_long_ones() -> None:
    """No body makes cutting slow: a megabyte of half-marks takes about a second, not minutes."""
    began = time.perf_counter()
    for piece in ("On a\n", "2024. ", "From: x\n", "> ", "--\n", "감사합니다\n", "<a@b ", "_" * 9):
        without_quotes(piece * (150_000 // len(piece)))
    assert time.perf_counter() - began < 20
