"""Scenes as tests of pytest, and fixtures for tests of one's own. `stage.pytest_plugin` leads here, and only when needed."""
