"""A scene as it is written, read with every flaw at its line and column, and as it is understood."""
