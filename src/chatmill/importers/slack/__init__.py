"""Slack's export of a workspace: zip or folder of day files, and a lone day file."""

from chatmill.importers.slack.reader import SlackImporter

__all__ = ["SlackImporter"]
