"""Stored replies: what was paid for comes back letter for letter."""

from dataclasses import replace

from chatmill.project import Project
from chatmill.store.replies import StoredReply, read_replies, save_reply

REPLY = StoredReply(
    key="k0",
    stage="evaluate",
    model="m",
    text='소켓은 8개입니다.\n"W5500" ✓',
    finish_reason="stop",
    prompt_tokens=12,
    completion_tokens=9,
)


def test_replies_come_back_letter_for_letter(project: Project) -> None:
    """Korean, quotes and line ends survive; unknown keys are simply missing."""
    save_reply(project.database, REPLY)
    assert read_replies(project.database, ["k0", "k1"]) == {"k0": REPLY}


def test_the_first_reply_of_a_key_stays(project: Project) -> None:
    """Two processes that paid for the same question agree on one answer."""
    save_reply(project.database, REPLY)
    save_reply(project.database, replace(REPLY, text="another"))
    assert read_replies(project.database, ["k0"])["k0"].text == REPLY.text


def test_more_keys_than_one_query_takes(project: Project) -> None:
    """A run over thousands of questions reads all its replies."""
    keys = [f"k{number}" for number in range(1201)]
    for key in keys[::100]:
        save_reply(project.database, replace(REPLY, key=key))
    assert sorted(read_replies(project.database, keys)) == sorted(keys[::100])
