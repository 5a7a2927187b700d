"""Train: a dataset version becomes a tuned model, once, whatever interrupts it."""

from chatmill.stages.train.events import LossCurve, LossPoint, live_stamp, read_curve
from chatmill.stages.train.keepsake import has_keepsake, read_card
from chatmill.stages.train.pictures import loss_plot
from chatmill.stages.train.plan import read_hyperparameters
from chatmill.stages.train.run import EventListener, train

__all__ = [
    "EventListener",
    "LossCurve",
    "LossPoint",
    "has_keepsake",
    "live_stamp",
    "loss_plot",
    "read_card",
    "read_curve",
    "read_hyperparameters",
    "train",
]
