"""Telegram Desktop's JSON export: one chat, or the whole account."""

from chatmill.importers.telegram.reader import TelegramImporter

__all__ = ["TelegramImporter"]
