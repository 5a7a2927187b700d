"""Backup: the whole project in one file, made while others write, and back again."""

from chatmill.stages.backup.restoring import restore_backup, verify_backup
from chatmill.stages.backup.sealing import is_sealed
from chatmill.stages.backup.writing import BackupSummary, write_backup

__all__ = ["BackupSummary", "is_sealed", "restore_backup", "verify_backup", "write_backup"]
