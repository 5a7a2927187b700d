"""Mail: mbox files, single mails of any program, folders and archives of them, maildirs."""

from chatmill.importers.mail.reader import MailImporter

__all__ = ["MailImporter"]
