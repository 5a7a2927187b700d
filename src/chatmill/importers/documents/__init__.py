"""Documents as a second source: Markdown, HTML, PDF and DOCX, one conversation a section."""

from chatmill.importers.documents.reader import DocumentImporter

__all__ = ["DocumentImporter"]
