"""Scenes made by chance and chosen with care: as many true as false beliefs at every order, and no cheap way to the
answers. Values only; nothing is read, written or printed here, and no model is asked."""

from stage.generator.selection import Generated, GeneratedScene, generate
from stage.generator.settings import FEATURES, GeneratorSettings

__all__ = ["FEATURES", "Generated", "GeneratedScene", "GeneratorSettings", "generate"]
