"""How facts, events, questions and beliefs are put into words: the one place that knows."""

from stage.wording.events import Wording
from stage.wording.words import capitalised, uncapitalised

__all__ = ["Wording", "capitalised", "uncapitalised"]
