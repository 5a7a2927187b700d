"""Near-duplicates: what is one question asked twice, and what only looks like it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chatmill.checks.duplicates.near import clusters_of, near_duplicates
from chatmill.checks.duplicates.wording import slips_between, words_of
from chatmill.frames import Engine
from planted_questions import plant

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("W5500 소켓은 몇 개인가요?", "안녕하세요. W5500 소켓이 몇개인가요??"),
        ("버퍼 크기를 바꾸려면 어떻게 하나요?", "버퍼 크기 바꾸려면 어떻게 합니까"),
        ("예제 코드를 알려주세요.", "예제코드를 알려 주시면 감사하겠습니다."),
        ("인터럽트 핀은 어디에 연결하나요?", "인터럽트 핀은 어디에 연걸하나요?"),
        ("How do I reset the W5500?", "Hi team, how do i reset W5500? Thanks in advance."),
        ("Could you send the recommended circuit?", "Can you please send the recomended circuit"),
    ],
)
def test_slips_and_politeness_make_no_other_question(one: str, other: str) -> None:
    """Spacing, particles, endings, filler, capitals and a slip of a finger are explained."""
    assert slips_between(words_of(one), words_of(other)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("포트 3347로 접속되나요?", "포트 3348로 접속되나요?"),
        ("전원은 3.3V인가요?", "전원은 33V인가요?"),
        ("-40도까지 되나요?", "40도까지 되나요?"),
        ("지연이 3초인가요?", "지연이 3분인가요?"),
        ("5만 번 쓸 수 있나요?", "5 번 쓸 수 있나요?"),
        ("동시 접속이 가능한가요?", "동시 접속이 불가능한가요?"),
        ("전원을 켜도 되나요?", "전원을 켜면 안 되나요?"),
        ("송신 버퍼가 부족합니다", "수신 버퍼가 부족합니다"),
        ("구매자가 판매자에게 연락하나요?", "판매자가 구매자에게 연락하나요?"),
        ("W5500에서 W6100으로 바꾸나요?", "W6100에서 W5500으로 바꾸나요?"),
        ("Does the W5500 support IPv6?", "Does the W5100 support IPv6?"),
        ("Can I use DHCP here?", "Can't I use DHCP here?"),
        ("Call it before the reset?", "Call it after the reset?"),
        ("Is the upper limit fixed?", "Is the lower limit fixed?"),
        ("Move data from flash to memory?", "Move data from memory to flash?"),
    ],
)
def test_one_thing_that_matters_makes_another_question(one: str, other: str) -> None:
    """A number, sign, unit, part name, denial, opposite or a party that changed is never merged."""
    assert slips_between(words_of(one), words_of(other)) is None


def test_planted_copies_are_found_and_look_alikes_are_not() -> None:
    """The promise of the benchmark holds on a small set as well."""
    planted = plant(4_000, 400)
    clusters = clusters_of(len(planted.texts), near_duplicates(Engine(), planted.texts))
    cluster_of = {row: number for number, rows in enumerate(clusters) for row in rows}
    together = [a in cluster_of and cluster_of[a] == cluster_of.get(b) for a, b in planted.copies]
    assert np.mean(together) >= 0.92
    pairs = [(a, b) for rows in clusters for a in rows for b in rows if a < b]
    assert np.mean([planted.family[a] == planted.family[b] for a, b in pairs]) >= 0.99
    merged = [
        a in cluster_of and cluster_of[a] == cluster_of.get(b) for a, b, _ in planted.counterfeits
    ]
    assert np.mean(merged) <= 0.03


def test_a_slip_is_rare_and_a_word_is_not() -> None:
    """Two words people use alike are two words, however near their letters."""
    texts = [f"How do I charge the {each} board of my team?" for each in ("red", "blue", "big")]
    texts += [text.replace("charge", "change") for text in texts]
    many = [f"{text} {letter}" for text in texts for letter in ("alpha", "beta", "gamma", "delta")]
    pairs = near_duplicates(Engine(), many).tolist()
    assert [(a, b) for a, b in pairs if ("charge" in many[a]) != ("charge" in many[b])] == []


def test_nothing_to_compare_is_no_pair() -> None:
    """Empty texts, emoji and lone surrogates are no duplicates of each other, and no error."""
    texts = [
        "",
        "",
        "🙂🙂🙂🙂🙂",
        "🙃🙃🙃🙃🙃",
        "\ud800abc def",
        "?!?!?!",
        "....",
        "a",
        "\x00\x01\x02\x03",
    ]
    assert near_duplicates(Engine(), texts).shape == (0, 2)
    assert near_duplicates(Engine(), []).shape == (0, 2)


PAIRS = """
import json, sys
from chatmill.checks.duplicates.near import near_duplicates
from chatmill.frames import Engine
from planted_questions import plant
if __name__ == "__main__":
    pairs = near_duplicates(Engine(runner=sys.argv[1]), plant(2_000, 100).texts)
    print(json.dumps(pairs.tolist()))
"""


@pytest.mark.timeout(300)
def test_ray_gives_the_same_pairs(tmp_path: Path) -> None:
    """A cluster finds the very same pairs; it ends with its process."""
    pytest.importorskip("ray")
    script = tmp_path / "pairs.py"
    script.write_text(PAIRS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), "ray"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "RAY_AUTH_MODE": "disabled", "PYTHONPATH": str(BENCHMARKS)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    here = near_duplicates(Engine(), plant(2_000, 100).texts)
    assert len(here) > 300
    assert json.loads(done.stdout.splitlines()[-1]) == here.tolist()
