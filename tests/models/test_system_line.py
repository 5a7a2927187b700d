"""The line the chatbot is served with."""

from chatmill.models.system_line import chat_system_line
from chatmill.settings import ChatSettings, ProjectSettings, Settings


def test_the_line_names_the_products_in_the_projects_language() -> None:
    """What is set wins; else products and language make it; it is never empty."""
    english = ProjectSettings(products=("W5500", "W6100"))
    korean = ProjectSettings(products=("W5500",), language="ko")
    assert chat_system_line(Settings(project=english)) == (
        "You answer customers' questions about W5500, W6100."
    )
    assert chat_system_line(Settings(project=korean)) == "W5500에 관한 고객의 질문에 답합니다."
    assert chat_system_line(Settings())
    fixed = Settings(project=korean, chat=ChatSettings(system="Be brief."))
    assert chat_system_line(fixed) == "Be brief."
