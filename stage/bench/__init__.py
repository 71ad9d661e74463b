"""Benchmarks put to a model: their items played, or read out, their questions asked as those of scenes are, and the
answers held against the labels and against what follows from the stories."""
