"""Grounding: what an example says stands in the messages it cites, in these or other forms."""

from chatmill.checks.grounding.check import GroundingCheck
from chatmill.checks.grounding.score import grounding_score

__all__ = ["GroundingCheck", "grounding_score"]
