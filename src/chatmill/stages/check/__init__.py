"""Check: looks at every example that changed and stores what is odd about it."""

from chatmill.stages.check.run import CheckCount, CheckSummary, check

__all__ = ["CheckCount", "CheckSummary", "check"]
