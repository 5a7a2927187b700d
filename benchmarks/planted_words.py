"""The words and sentences planted questions are put together from."""

# ruff: noqa: E501 - lists of words, broken where a person would

KO = {
    "board": "평가 보드|자체 제작 보드|양산 보드|아두이노|라즈베리파이|산업용 게이트웨이|키오스크|검침 단말기|"
    "보안 카메라|의료 장비|주차 관제기|엘리베이터 제어반|태양광 인버터|충전기|무인 택배함|출입 통제기|"
    "공장 센서 노드|조명 제어기|전력 계측기|로봇 제어기|온실 제어기|프린터|저울|바코드 리더",
    "tool": "이클립스|케일|비주얼 스튜디오 코드|메이크파일|리눅스 드라이버|아두이노 라이브러리|자바 프로그램|"
    "파이썬 스크립트|테스트 지그|오실로스코프|와이어샤크|로직 분석기|시리얼 터미널|부트로더|공개 예제|사내 펌웨어",
    "task": "펌웨어를 올리는|통신 시험을 하는|장기 시험을 진행하는|양산을 준비하는|회로를 검토하는|기능을 옮기는|"
    "고객사에 납품하는|인증을 준비하는|성능을 재는|드라이버를 고치는|시제품을 만드는|불량을 분석하는",
    "module": "소켓 버퍼|인터럽트 핀|전원 회로|리셋 회로|수정 발진자|이더넷 단자|변압기|링크 램프|부트 영역|"
    "플래시 메모리|암호화 모듈|시간 동기화|주소 할당|이름 풀이|웹 페이지|시리얼 변환|메일 전송|파일 전송|"
    "원격 갱신|절전 상태|감시 타이머|연결 유지 신호|멀티캐스트 가입|송신 완료 신호|수신 대기열|오류 기록|"
    "설정 저장|공장 초기화|접속 목록|방화벽 규칙",
    "state": "처음 켤 때|며칠 지나면|부하가 커지면|온도가 올라가면|케이블을 바꾸면|공유기를 거치면|재부팅하면|"
    "동시에 접속하면|큰 파일을 보내면|밤에만|특정 장소에서만|전원을 껐다 켜면|스위치를 교체한 뒤로|가끔씩",
    "symptom": "응답이 늦어집니다|값이 깨져서 나옵니다|연결이 끊어집니다|아무 반응이 없습니다|램프가 깜박입니다|"
    "같은 데이터가 반복됩니다|앞부분이 잘립니다|오류 코드가 찍힙니다|발열이 심해집니다|속도가 절반으로 떨어집니다|"
    "설정이 사라집니다|주소를 받지 못합니다|순서가 뒤바뀝니다|자꾸 초기화됩니다|소리가 납니다|접속이 거절됩니다",
    "aspect": "권장 회로|초기화 순서|최대 길이|허용 전류|적정 온도|예제 코드|설정 방법|점검 항목|배선 길이|호환 부품|"
    "기본값|라이선스 조건|시험 성적서|납기 일정|단종 계획|펌웨어 이력|보드 도면|메모리 배치|측정 방법|대체 품번",
    "thing": "대기 시간|재전송 간격|버퍼 크기|전송 속도|접속 개수|클럭 주파수|전원 전압|응답 시간|보관 온도|감시 주기",
}  # fmt: skip
EN = {
    "board": "evaluation board|custom board|production unit|Arduino shield|Raspberry Pi hat|factory gateway|"
    "ticket kiosk|smart meter|security camera|medical pump|parking terminal|elevator panel|solar inverter|"
    "wall charger|parcel locker|door controller|sensor node|lighting hub|power analyser|robot arm|"
    "greenhouse controller|label printer|truck scale|barcode reader",
    "tool": "Eclipse|Keil|a plain makefile|the Linux driver|the Arduino library|a Java program|a Python script|"
    "our test jig|an oscilloscope|Wireshark|a logic analyser|a serial terminal|the bootloader|"
    "the published example|in-house firmware|a vendor toolkit",
    "task": "flashing new firmware|running throughput tests|preparing mass production|reviewing the schematic|"
    "porting old features|shipping samples|getting certified|measuring latency|patching the driver|"
    "building a prototype|hunting field failures|writing a manual",
    "module": "socket buffer|interrupt line|power stage|reset circuit|crystal oscillator|Ethernet jack|"
    "line transformer|link lamp|boot sector|flash memory|crypto engine|clock synchronisation|address lease|"
    "name resolver|web page|serial bridge|mail client|file transfer|remote update|sleep state|watchdog timer|"
    "keepalive probe|multicast group|transmit queue|receive queue|error log|settings store|factory reset|"
    "connection list|firewall rule",
    "state": "right after power up|after a few days|under heavy load|when it gets warm|with another cable|"
    "behind a router|after a reboot|with several clients|while sending large files|only at night|"
    "only at one site|after a power cycle|since we replaced the switch|every now and then",
    "symptom": "responds slowly|returns garbled values|drops the connection|shows no reaction|makes the lamp blink|"
    "repeats the same data|loses the first bytes|prints an error code|overheats badly|runs at half speed|"
    "forgets its settings|never gets an address|mixes up the order|keeps restarting|makes a humming noise|"
    "refuses every client",
    "aspect": "recommended circuit|startup sequence|maximum length|allowed current|proper temperature|sample code|"
    "configuration steps|inspection list|trace length|compatible part|factory default|licence terms|test report|"
    "delivery schedule|end of life plan|firmware history|board drawing|memory map|measuring method|"
    "replacement number",
    "thing": "idle timeout|retry interval|buffer size|transfer rate|connection count|clock frequency|supply voltage|"
    "response time|storage temperature|watchdog period",
}  # fmt: skip
KO_FORMS = (
    (
        "{board}에서 {part}를 쓰며 {tool}로 {task} 중입니다.",
        "{task} 과정에서 {tool}와 {part} 기반 {board}를 사용하고 있습니다.",
        "{part} 적용 {board} 개발 건이고 {tool} 환경입니다.",
        "저희 {board} 제품은 {part} 칩을 넣어 {task} 단계에 있습니다.",
        "{tool}로 {part} 시험하다가 {board}로 넘어왔습니다.",
        "{board} 담당인데 {part} 관련해서 {task} 업무를 맡았어요.",
        "{part}",
        "{board} / {part} / {tool}",
    ),
    (
        "{state} {module} 쪽에서 {symptom}.",
        "그런데 {module} 부분이 {state} 이상해져 {symptom}.",
        "{module} 기능을 켜고 {state} {symptom}.",
        "{symptom}, 주로 {state} {module} 사용 시 그렇습니다.",
        "{module} 관련 {aspect} 대로 했는데 {symptom}.",
        "어제부터 {module} 때문에 {state} {symptom}.",
        "{state} {symptom}. 원인이 {module} 맞나요?",
        "다른 분들도 {module} 사용하면 {symptom}?",
    ),
    (
        "{thing}을 {number}{unit}로 바꾸는 것이 가능한가요?",
        "{thing} 값을 {number}{unit}까지 늘려도 되나요?",
        "{thing} {number}{unit} 조건에서 {aspect} 자료를 알려주세요.",
        "{aspect} 문서에 {thing} {number}{unit}라고 되어 있는데 맞습니까?",
        "{module} {aspect} 어디서 받나요?",
        "{module}의 {aspect} 좀 알려주세요.",
        "{thing} 기준이 {number}{unit} 맞습니까, {aspect} 기준으로요?",
        "{aspect} 보면 {module} {thing} 얘기가 없는데 {number}{unit} 써도 되나요?",
    ),
)
EN_FORMS = (
    (
        "We use the {part} on a {board} and are {task}.",
        "While {task} with {tool} I work on a {board} built around the {part}.",
        "Our {board} carries a {part}, and we debug through {tool}.",
        "I am {task} for a {board}, the chip is the {part}.",
        "{part}, {board}, {tool}.",
        "My boss wants a {part} inside the next {board}.",
        "We moved from {tool} to something else while {task}, still on the {part}.",
        "Regarding {part}:",
    ),
    (
        "The {module} {symptom} {state}.",
        "{state}, our {module} {symptom}.",
        "It seems the {module} {symptom}, mostly {state}.",
        "Once the {module} is active, the unit {symptom}.",
        "I followed the {aspect} but the {module} {symptom}.",
        "Nobody here knows why the {module} {symptom} {state}.",
        "Since yesterday the {board} {symptom}, is it the {module}?",
        "Anyone else whose {module} {symptom}?",
    ),
    (
        "Can I change the {thing} to {number} {unit}?",
        "Is it possible to raise the {thing} up to {number} {unit}?",
        "Could you send the {aspect} for a {thing} of {number} {unit}?",
        "The {aspect} document says {number} {unit} for the {thing}, is that right?",
        "Where do I find the {aspect} of the {module}?",
        "Could you send me the {module} {aspect}?",
        "Does a {thing} of {number} {unit} fit the {aspect}?",
        "What does the {aspect} say about the {module}, and is {number} {unit} fine as {thing}?",
    ),
)
