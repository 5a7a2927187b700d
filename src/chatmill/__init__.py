"""From the conversations a support team already has to a chatbot that answers like them."""

__version__ = "0.1.0"
