"""Check: looks at every example that changed and stores what is odd about it."""

from chatmill.stages.check.files import FileCheck, check_file, fix_file
from chatmill.stages.check.judging import JudgeSummary, judge
from chatmill.stages.check.run import CheckCount, CheckSummary, check

__all__ = [
    "CheckCount",
    "CheckSummary",
    "FileCheck",
    "JudgeSummary",
    "check",
    "check_file",
    "fix_file",
    "judge",
]
