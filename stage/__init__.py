"""A simulator and measuring instrument for theory of mind in language models."""

__version__ = "0.1.0"
