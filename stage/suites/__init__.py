"""Many scenes as one study: a fixed suite, and what controls planted, recovered."""
