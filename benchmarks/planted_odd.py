"""Odd texts as people write them, in English and Korean, and harmless ones that look like them.

Written without looking at the checks' patterns; `{}` stands for a clean answer.
"""

from collections.abc import Iterator

ANSWERS: dict[str, dict[str, list[str]]] = {
    "en": {
        "question": [
            "Which firmware version are you on?",
            "Did you connect the reset pin?",
            "Can you tell me the board revision?",
            "What does the log say?",
            "Have you tried another cable? Is the link LED on?",
            "Which MCU is it?",
            "How long is the trace?",
            "Is DHCP enabled?",
            "Are you using the latest library?",
            "Could you share the part of the code that opens the socket?",
        ],
        "unanswered": [
            "Let me check with the team and get back to you.",
            "I'll look into it.",
            "We will forward this to our engineers.",
            "One moment please.",
            "I have no idea.",
            "Not sure, never used it.",
            "I will get back to you tomorrow.",
            "Hold on, checking.",
            "We'll investigate and let you know.",
            "I will ask the hardware team.",
        ],
        "thanks": [
            "Thank you!",
            "Thanks for reaching out to us.",
            "Thanks a lot, have a nice day!",
            "Thank you for your question.",
            "Cheers mate",
            "Many thanks!",
            "Thx",
            "Thanks again for your help!",
            "Great, thanks.",
            "Thank you so much",
        ],
        "elsewhere": [
            "See DM.",
            "I sent you a private message.",
            "Please check your inbox.",
            "DM me please.",
            "Check your DMs",
            "Replied by email.",
            "Please send us an e-mail.",
            "I've PM'd you",
            "Answered in a private message.",
            "Please call us.",
        ],
        "too_short": [
            "Yes.",
            "No",
            "ok",
            "Sure",
            "Yep!",
            "Maybe",
            "Fine",
            "Right.",
            "Done",
            "nope",
        ],
        "image": [
            "{} See the attached picture.",
            "{} As you can see in the screenshot.",
            "{} I attached a photo of the wiring.",
            "Look at this screenshot: {}",
            "{} It is marked red in the image above.",
            "Please see the attachment. {}",
            "{} Here is a picture of my board.",
            "{} The figure below shows it.",
            "{} ![wiring](wiring.png)",
            "I've uploaded a screenshot. {}",
        ],
        "earlier": [
            "As I said yesterday, {}",
            "As mentioned above, {}",
            "Like we discussed last week: {}",
            "See my previous message. {}",
            "As I told you, {}",
            "See above.",
            "I already explained this earlier. {}",
            "In the call yesterday we said: {}",
            "As you mentioned before, {}",
            "Please use the code above. {}",
        ],
        "insult": [
            "{} You idiot.",
            "What the fuck, {}",
            "Are you stupid? You are so stupid. {}",
            "Stop being an asshole. {}",
            "{} This is bullshit.",
            "Shut up. {}",
            "{} Go to hell.",
            "Only a moron would do that. {}",
            "{} you dumbass",
            "Damn you. {}",
        ],
        "unsure": [
            "Not sure, around 100 mA.",
            "I don't know exactly, 3.3 V.",
            "No idea, try port 80.",
            "I'm not sure but 8.",
            "I would have to look, 25 MHz I think.",
        ],
        "log_only": [
            "[12:01:03] INFO boot\n[12:01:04] ERROR phy link down\n[12:01:05] INFO retry",
            'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: bad port',
            "2024-03-11 10:00:00 start\n2024-03-11 10:00:01 dhcp timeout\n2024-03-11 10:00:02 stop",
            "I (312) wifi: started\nE (420) dhcp: timeout\nW (430) app: restart",
            "00 08 DC 01 02 03 FF FF\n45 00 00 3C 1C 46 40 00\n40 06 B1 E6 C0 A8 00 68",
            'AT+CWMODE_CUR=1\nOK\nAT+CWJAP_CUR="a","b"\nERROR',
            "main.c:12: error: undeclared\nmain.c:40: warning: unused\nmake: *** [all] Error 1",
            "npm ERR! code 1\nnpm ERR! path /a\nnpm ERR! command failed",
        ],
    },
    "ko": {
        "question": [
            "어떤 보드를 쓰시나요?",
            "펌웨어 버전이 어떻게 되세요?",
            "리셋 핀은 연결하셨나요?",
            "로그 좀 보여주실 수 있나요?",
            "케이블은 바꿔 보셨습니까?",
            "DHCP를 쓰시는 건가요?",
            "전원은 몇 볼트인가요?",
            "라이브러리는 최신인가요?",
            "링크 LED는 켜져 있나요?",
            "SPI 클럭은 얼마로 설정하셨어요?",
        ],
        "unanswered": [
            "확인해 보고 말씀드리겠습니다.",
            "잠시만요.",
            "담당자에게 문의해 보겠습니다.",
            "내부적으로 검토 후 답변드리겠습니다.",
            "알아보고 연락드릴게요.",
            "잘 모르겠습니다.",
            "글쎄요.",
            "확인 중입니다.",
            "전달하겠습니다.",
            "조금만 기다려 주세요.",
        ],
        "thanks": [
            "감사합니다!",
            "네 감사합니다.",
            "답변 감사드립니다.",
            "문의해 주셔서 감사합니다.",
            "고맙습니다~",
            "정말 감사합니다 ㅎㅎ",
            "네네 고마워요",
            "친절한 답변 감사합니다.",
            "감사합니다. 좋은 하루 되세요.",
            "넵 감사합니다!",
        ],
        "elsewhere": [
            "DM 드렸습니다.",
            "쪽지 확인해 주세요.",
            "메일로 답변 드렸습니다.",
            "갠톡 주세요.",
            "이메일로 보내드릴게요.",
            "자세한 내용은 전화 주세요.",
            "1:1 문의로 남겨주세요.",
            "디엠으로 연락 부탁드려요",
            "비밀 댓글 확인해 주세요.",
            "유선으로 연락드리겠습니다.",
        ],
        "too_short": [
            "네",
            "넵",
            "아니요",
            "ㅇㅇ",
            "됩니다",
            "네 맞아요",
            "그럼요",
            "아뇨",
            "네네",
            "가능",
        ],
        "image": [
            "{} 첨부한 사진을 참고하세요.",
            "{} 위 그림처럼 연결하시면 됩니다.",
            "{} 사진 올려드립니다.",
            "아래 이미지를 보세요. {}",
            "{} 파일 첨부합니다.",
            "보내주신 사진 보니까 {}",
            "{} 캡처 화면 참고 부탁드립니다.",
            "첨부파일을 확인해 주세요. {}",
            "{} 이 사진에서 보이는 부분입니다.",
            "스크린샷 보시면 {}",
        ],
        "earlier": [
            "어제 말씀드린 대로 {}",
            "위에서 설명드린 것처럼 {}",
            "아까 말씀하신 부분은 {}",
            "지난번에 안내드렸듯이 {}",
            "앞서 설명한 바와 같이 {}",
            "전에 말씀드렸는데 {}",
            "저번에 보내드린 자료에 {}",
            "위 내용과 같습니다. {}",
            "방금 말씀드린 대로 {}",
            "위에 적은 대로 {}",
        ],
        "insult": [
            "{} 병신아",
            "씨발 {}",
            "멍청한 놈이네. {}",
            "{} 미친 새끼",
            "닥쳐라. {}",
            "{} 지랄하네",
            "ㅅㅂ {}",
            "존나 답답하네 {}",
            "이 개새끼야 {}",
            "{} 꺼져!",
        ],
        "unsure": [
            "잘 모르겠는데 100mA 정도요.",
            "글쎄요, 3.3V일걸요.",
            "정확하진 않은데 8개요.",
            "저도 잘 모르지만 80번 포트요.",
            "정확하진 않아요, 25MHz입니다.",
        ],
        "log_only": [
            "[12:01:03] INFO 부팅\n[12:01:04] ERROR 링크 끊김\n[12:01:05] INFO 재시도",
            "2024-03-11 10:00:00 시작\n2024-03-11 10:00:01 DHCP 초과\n2024-03-11 10:00:02 끝",
            "I (312) wifi: 시작\nE (420) dhcp: 시간 초과\nW (430) app: 재시작",
            'AT+CWMODE_CUR=1\nOK\nAT+CWJAP_CUR="공유기","암호"\nERROR',
        ],
    },
}
TRAPS: dict[str, list[str]] = {
    "en": [
        "Kill the process and start it again.",
        "Set the slave device to mode 0.",
        "The child aborts when its parent is killed.",
        "Write the firmware image to flash.",
        "The master sends a dummy byte before it reads.",
        "It is dead simple: pull RSTn low.",
        "The sensor attached to the SPI bus answers at 33 MHz.",
        "Keep it above 3.3 V.",
        "As described in the datasheet, wait 500 us.",
        "The retarded clock shifts by 2 ns.",
        "Use an idiot-proof connector.",
        "It had had no effect before revision B.",
        "Send the e-mail with port 587 and TLS.",
        "Thanks to the buffer, nothing is lost.",
        "I'll explain: SIPR holds the source address, write 4 bytes.",
        "Is it 8? Yes, the W5500 has 8 sockets.",
        "See chapter 4.2 of the datasheet.",
        "Call close() first, then socket().",
        "The last message of the handshake is an ACK.",
        "Take a screenshot with Print Screen and save it.",
        "The café uses 25 °C ±5 %.",
        "Try a longer delay, e.g. 100 ms…",
        "00 00 00 01 is the first address.",
        "The image sensor needs 2.8 V.",
        "The figure of 15 Mbps is for SPI at 80 MHz.",
    ],
    "ko": [
        "LED가 꺼져 있으면 전원을 확인하세요.",
        "프로세스를 죽이고 다시 실행하세요.",
        "슬레이브 장치를 모드 0으로 설정하세요.",
        "개발의 시발점은 데이터시트입니다.",
        "펌웨어 이미지를 플래시에 쓰세요.",
        "새끼 보드를 뒤집어 꽂으세요.",
        "연결하기 전에 설명서를 읽으세요.",
        "SPI 버스에 붙은 센서를 먼저 끄세요.",
        "3.3V 위로 올리면 안 됩니다.",
        "메일 서버는 587번 포트와 TLS를 쓰세요.",
        "데이터시트 4.2장을 보시면 됩니다.",
        "버퍼 덕분에 감사하게도 손실이 없습니다.",
        "확인 방법은 SIPR 레지스터를 4바이트 읽는 것입니다.",
        "하나씩 하나씩 연결해 보세요.",
        "8개까지 되죠.",
        "등신대 크기의 패널입니다.",
        "문제가 닥치면 리셋하세요.",
        "전화 모뎀은 AT 명령을 씁니다.",
        "비트 위치는 0x08입니다.",
        "코드를 뒤져 보면 main.c에 있습니다.",
        "질문이 있으면 RSTn을 500us 이상 Low로 두고 다시 보세요.",
        "더 자주 자주 호출하면 느려집니다.",
        "지난주 버전부터 지원합니다.",
        "위쪽 핀이 1번입니다.",
        "사진 전송은 FTP로 하면 됩니다.",
    ],
}


def damaged(answer: str, number: int, foreign: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of answers that a machine spoiled.

    Args:
        answer: A clean one.
        number: Chooses the way.
        foreign: A clean answer in the other language.
    """
    yield "language", foreign
    words = answer.split()
    if len(words) > 3:  # noqa: PLR2004 - a middle to spoil
        at = len(words) // 2
        word = words[at].strip(".,:()")
        if word.isalpha() and len(word) > 1:
            yield "repeated_words", " ".join([*words[:at], word, word, *words[at + 1 :]])
        ways = ("```c\n{}", "{} (truncated)", "{} […]", "{} For example:", "{} 더 보기")
        yield "truncated", ways[number % len(ways)].format(answer)
    if len(answer) > 25 and sum(letter.isalpha() for letter in answer) > 0.7 * len(answer):  # noqa: PLR2004 - a whole sentence
        yield "repeated_sentences", f"{answer}\n{answer}"
    spoilt = _spoilt(answer, number)
    if spoilt != answer:
        yield "mojibake", spoilt


def _spoilt(answer: str, number: int) -> str:
    if answer.isascii():
        curly = answer.replace("'", "’") if "'" in answer else f"“{answer}”"
        return curly.encode().decode("cp1252", "replace")
    ways = (
        lambda: answer.encode().decode("latin-1"),
        lambda: answer.encode("euc_kr", "ignore").decode("latin-1"),
        lambda: answer.encode("euc_kr", "ignore").decode("utf-8", "replace"),
        lambda: answer.encode().decode("cp1252", "replace"),
        lambda: answer.encode().decode("cp949", "replace"),
    )
    return ways[number % len(ways)]()
