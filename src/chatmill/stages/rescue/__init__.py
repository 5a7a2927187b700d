"""Rescue: saves an account's files, jobs and tuned models' answers before the service ends."""

from chatmill.stages.rescue.asking import AnsweredModel
from chatmill.stages.rescue.run import Rescue, rescue
from chatmill.stages.rescue.saving import MissingItem

__all__ = ["AnsweredModel", "MissingItem", "Rescue", "rescue"]
