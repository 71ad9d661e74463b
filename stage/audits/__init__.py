"""The labels of published benchmarks, held against what follows from their stories."""
