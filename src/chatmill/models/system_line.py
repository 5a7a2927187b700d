"""The one line the chatbot is served with, because customers never send a summary."""

from chatmill.settings import Settings

WITHOUT_PRODUCTS = "You answer the questions of customers."
WITHOUT_PRODUCTS_KO = "고객의 질문에 답합니다."


def chat_system_line(settings: Settings) -> str:
    """Return `[chat] system`, else a line made from the project's products and language."""
    if settings.chat.system:
        return settings.chat.system
    products = ", ".join(settings.project.products)
    is_korean = settings.project.language.lower().startswith("ko")
    if not products:
        return WITHOUT_PRODUCTS_KO if is_korean else WITHOUT_PRODUCTS
    if is_korean:
        return f"{products}에 관한 고객의 질문에 답합니다."
    return f"You answer customers' questions about {products}."
