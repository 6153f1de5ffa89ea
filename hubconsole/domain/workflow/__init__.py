"""The rules: ``decide`` says what a command makes happen, ``evolve`` folds what happened into the enquiry.

Both are pure: no clock, no I/O, no randomness. The whole approval gate is in here.
"""

from hubconsole.domain.workflow.folding import evolve, fold
from hubconsole.domain.workflow.rules import decide

__all__ = ["decide", "evolve", "fold"]
