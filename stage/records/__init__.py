"""Performances on disk: written so that nothing is lost, taken up, branched, played again without a model."""
