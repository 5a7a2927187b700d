"""How mail programs write an answer: what a person wrote, and what the program put around it."""

ANSWER = "RSTn을 500us 이상 Low로 두세요.\n\n0x0039에서 0x04가 읽혀야 합니다."
REPLY = "Hold RSTn low for 500 us.\n\nThen 0x0039 reads 0x04."

FORMS: dict[str, tuple[str, str]] = {
    "gmail english": (
        (
            f"{REPLY}\n\nOn Mon, Mar 11, 2024 at 9:12 AM Minsu Kim <minsu@example.com> wrote:\n\n"
            "> It reads 0x00.\n>\n> What now?\n"
        ),
        REPLY,
    ),
    "gmail english, wrapped": (
        (
            f"{REPLY}\n\nOn Mon, Mar 11, 2024 at 9:12 AM Minsu Kim of the hardware team\n"
            "<minsu@example.com> wrote:\n\n> It reads 0x00.\n"
        ),
        REPLY,
    ),
    "gmail korean": (
        (
            f"{ANSWER}\n\n2024년 3월 11일 (월) 오전 9:12, 김민수 <minsu@example.com>님이 작성:\n\n"
            "> 0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "gmail korean, wrapped": (
        (
            f"{ANSWER}\n\n2024년 3월 11일 (월) 오전 9:12, 김민수 책임연구원 <\n"
            "minsu@example.com>님이 작성:\n\n> 0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "gmail korean, not marked": (
        (
            f"{ANSWER}\n\n2024년 3월 11일 (월) 오전 9:12, 김민수 <minsu@example.com>님이 작성:\n\n"
            "0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "apple mail english": (
        (
            f"{REPLY}\n\n> On 11 Mar 2024, at 09:12, Minsu Kim <minsu@example.com> wrote:\n> \n"
            "> It reads 0x00.\n"
        ),
        REPLY,
    ),
    "apple mail korean": (
        (
            f"{ANSWER}\n\n> 2024. 3. 11. 오전 9:12, 김민수 <minsu@example.com> 작성:\n> \n"
            "> 0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "iphone korean": (
        (
            f"{ANSWER}\n\n나의 iPhone에서 보냄\n\n"
            "2024. 3. 11. 오전 9:12, 김민수 <minsu@example.com> 작성:\n\n﻿0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "iphone english": (
        (
            f"{REPLY}\n\nSent from my iPhone\n\n> On Mar 11, 2024, at 9:12 AM, Minsu Kim "
            "<minsu@example.com> wrote:\n> \n> ﻿It reads 0x00.\n"
        ),
        REPLY,
    ),
    "outlook english": (
        (
            f"{REPLY}\n\nFrom: Minsu Kim <minsu@example.com>\n"
            "Sent: Monday, March 11, 2024 9:12 AM\n"
            "To: Support <support@example.com>\nSubject: VERSIONR\n\nIt reads 0x00.\n"
        ),
        REPLY,
    ),
    "outlook english, rule": (
        (
            f"{REPLY}\n\n________________________________\nFrom: Minsu Kim <minsu@example.com>\n"
            "Sent: Monday, March 11, 2024 9:12 AM\nTo: Support <support@example.com>\n"
            "Subject: VERSIONR\n\nIt reads 0x00.\n"
        ),
        REPLY,
    ),
    "outlook english, mobile": (
        (
            f"{REPLY}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"
            "________________________________\nFrom: Minsu Kim <minsu@example.com>\n"
            "Sent: Monday, March 11, 2024 9:12:05 AM\nTo: Support <support@example.com>\n"
            "Subject: VERSIONR\n\nIt reads 0x00.\n"
        ),
        REPLY,
    ),
    "outlook english, old": (
        (
            f"{REPLY}\n\n-----Original Message-----\nFrom: Minsu Kim [mailto:minsu@example.com]\n"
            "Sent: Monday, March 11, 2024 9:12 AM\nTo: Support\nSubject: VERSIONR\n\nIt reads.\n"
        ),
        REPLY,
    ),
    "outlook korean": (
        (
            f"{ANSWER}\n\n보낸 사람: 김민수 <minsu@example.com>\n"
            "보낸 날짜: 2024년 3월 11일 월요일 오전 9:12\n"
            "받는 사람: 기술지원 <support@example.com>\n"
            "제목: VERSIONR 문의\n\n0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "outlook korean, old": (
        (
            f"{ANSWER}\n\n-----원본 메시지-----\n보낸 사람: 김민수 [mailto:minsu@example.com]\n"
            "보낸 날짜: 2024년 3월 11일 월요일 오전 9:12\n받는 사람: 기술지원\n"
            "제목: 문의\n\n0x00.\n"
        ),
        ANSWER,
    ),
    "outlook korean, bold": (
        (
            f"{ANSWER}\n\n*보낸 사람:* 김민수 <minsu@example.com>\n*보낸 날짜:* 2024년 3월 11일\n"
            "*받는 사람:* 기술지원\n*제목:* 문의\n\n0x00.\n"
        ),
        ANSWER,
    ),
    "naver": (
        (
            f'{ANSWER}\n\n-----Original Message-----\nFrom: "김민수"<minsu@naver.com>\n'
            "To: <support@example.com>;\nCc:\nSent: 2024-03-11 (월) 09:12:05 (GMT+09:00)\n"
            "Subject: VERSIONR 문의\n\n0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "daum": (
        (
            f"{ANSWER}\n\n--------- 원본 메일 ---------\n보낸사람 : 김민수 <minsu@hanmail.net>\n"
            "받는사람 : support@example.com\n날짜 : 2024년 3월 11일 월요일, 09시 12분 05초 +0900\n"
            "제목 : VERSIONR 문의\n\n0x00으로 읽힙니다.\n"
        ),
        ANSWER,
    ),
    "hanmail, old": (
        (
            f"{ANSWER}\n\n---------[ 받은 메일 내용 ]----------\n제목 : VERSIONR 문의\n"
            "날짜 : Mon, 11 Mar 2024 09:12:05 +0900\n보낸이 : 김민수 <minsu@hanmail.net>\n\n0x00.\n"
        ),
        ANSWER,
    ),
    "galaxy, with the mail before": (
        (
            f"{ANSWER}\n\nGalaxy에서 보냄\n\n-------- 원본 이메일 --------\n"
            "발신: 김민수 <minsu@example.com>\n날짜: 24/3/11 오전 9:12 (GMT+09:00)\n"
            "받은 사람: support@example.com\n제목: 문의\n\n0x00.\n"
        ),
        ANSWER,
    ),
    "proton": (
        (
            f"{REPLY}\n\n"
            "On Monday, March 11th, 2024 at 9:12 AM, Minsu Kim <minsu@example.com> wrote:"
            "\n\n> It reads 0x00.\n"
        ),
        REPLY,
    ),
    "head without rule, korean with spaces": (
        (
            f"{ANSWER}\n\n보낸사람 : 김민수 <minsu@example.com>\n받는사람 : support@example.com\n"
            "날짜 : 2024.03.11 09:12\n제목 : 문의\n\n0x00.\n"
        ),
        ANSWER,
    ),
    "thunderbird english": (
        f"{REPLY}\n\nOn 3/11/24 09:12, Minsu Kim wrote:\n> It reads 0x00.\n> What now?\n",
        REPLY,
    ),
    "thunderbird korean": (
        f"{ANSWER}\n\n2024-03-11 오전 9:12에 김민수 이(가) 쓴 글:\n> 0x00으로 읽힙니다.\n",
        ANSWER,
    ),
    "german": (
        f"{REPLY}\n\nAm 11.03.2024 um 09:12 schrieb Minsu Kim <minsu@example.com>:\n> Null.\n",
        REPLY,
    ),
    "japanese": (
        f"{REPLY}\n\n2024年3月11日(月) 9:12 Minsu Kim <minsu@example.com>:\n\n> 0x00です。\n",
        REPLY,
    ),
    "answers between quotes": (
        (
            "On Mon, Mar 11, 2024 at 9:12 AM Minsu Kim <minsu@example.com> wrote:\n"
            "> How many sockets?\nEight.\n\n> Which clock?\n25 MHz.\n"
        ),
        "Eight.\n\n25 MHz.",
    ),
    "answer below": (
        (
            "On Mon, Mar 11, 2024 at 9:12 AM Minsu Kim <minsu@example.com> wrote:\n"
            f"> It reads 0x00.\n\n{REPLY}\n"
        ),
        REPLY,
    ),
    "signature": (f"{REPLY}\n\n-- \nJihyun Park\nWIZnet\nTel. +82-31-000-0000\n", REPLY),
    "signature of a korean": (
        (
            f"{ANSWER}\n\n감사합니다.\n\n박지현 드림\n기술지원팀 / 책임\n"
            "T. 031-000-0000 | M. 010-0000-0000\nE. jihyun@example.com\n"
        ),
        f"{ANSWER}\n\n감사합니다.",
    ),
    "closing with address": (
        (
            f"{REPLY}\n\nBest regards,\n\nJihyun Park\nField Application Engineer\n"
            "Tel: +82 31 000 0000\nwww.example.com\n"
        ),
        REPLY,
    ),
    "galaxy": (f"{ANSWER}\n\n내 Galaxy에서 보냄\n", ANSWER),
    "naver app": (f"{ANSWER}\n\n네이버 메일 앱에서 보냈습니다.\n", ANSWER),
    "mailing list": (
        (
            f"{REPLY}\n_______________________________________________\nlwip-users mailing list\n"
            "lwip-users@example.org\nhttps://lists.example.org/mailman/listinfo/lwip-users\n"
        ),
        REPLY,
    ),
    "google group": (
        (
            f"{REPLY}\n\n-- \nYou received this message because you are subscribed to the Google "
            'Groups "wiznet" group.\n'
            "To unsubscribe from this group, send an email to x@example.com.\n"
        ),
        REPLY,
    ),
    "legal notice": (
        (
            f"{REPLY}\n\n"
            "This email and any attachments are confidential and intended solely for the "
            "addressee.\nIf you are not the intended recipient, delete it.\n"
        ),
        REPLY,
    ),
    "legal notice, korean": (
        f"{ANSWER}\n\n본 메일은 지정된 수신인만을 위한 것이며 기밀 정보를 포함할 수 있습니다.\n",
        ANSWER,
    ),
    "zendesk line": (
        f"{REPLY}\n\n##- Please type your reply above this line -##\n\nYour request was updated.\n",
        REPLY,
    ),
    "nothing to cut": (
        f"{ANSWER}\n\n- 소켓 8개\n- TX 16 KB\n",
        f"{ANSWER}\n\n- 소켓 8개\n- TX 16 KB",
    ),
    "a list and code": (
        "Set it so:\n\n    setRTR(2000);\n    setRCR(3);\n\n- first\n- second\n\nThanks,\nKim",
        "Set it so:\n\n    setRTR(2000);\n    setRCR(3);\n\n- first\n- second\n\nThanks,\nKim",
    ),
    "words that look like marks": (
        (
            "On Monday the board wrote: nothing.\nFrom: the first socket\n"
            "To check it, read 0x0039.\n"
            "2024년 3월 펌웨어를 씀: 1.0.2 버전입니다.\n감사합니다.\n추가로 소켓은 몇 개인가요?"
        ),
        (
            "On Monday the board wrote: nothing.\nFrom: the first socket\n"
            "To check it, read 0x0039.\n"
            "2024년 3월 펌웨어를 씀: 1.0.2 버전입니다.\n감사합니다.\n추가로 소켓은 몇 개인가요?"
        ),
    ),
    "prompt in code": (
        "Type this:\n\n```\n> show version\n```\n\nIt prints 4.",
        "Type this:\n\n```\n> show version\n```\n\nIt prints 4.",
    ),
}
"""Name → body as it comes, and what stays."""
