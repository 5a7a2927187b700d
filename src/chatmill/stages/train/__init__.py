"""Train: a dataset version becomes a tuned model, once, whatever interrupts it."""

from chatmill.stages.train.plan import read_hyperparameters
from chatmill.stages.train.run import EventListener, train

__all__ = ["EventListener", "read_hyperparameters", "train"]
