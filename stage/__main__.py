"""Entry of the command ``stage`` and of ``python -m stage``; finds the command line and knows nothing else.

The command line is ``cli.py`` at the root of a checkout and ``stage/cli.py`` in an installed wheel. Both run under the
module name ``stage.cli``.
"""

from __future__ import annotations

import signal
import sys
from types import ModuleType

_NAME = "stage.cli"


def command_line() -> ModuleType:
    """The module ``stage.cli``, loaded once from where it lies; raises StageError when it is missing."""
    import importlib.util

    from stage.errors import StageError
    from stage.resources import shipped

    if _NAME in sys.modules:
        return sys.modules[_NAME]
    path = shipped("cli.py")
    spec = importlib.util.spec_from_file_location(_NAME, path)
    if spec is None or spec.loader is None:
        raise StageError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
    return module


def main() -> None:
    """Run the command line on ``sys.argv``. Until it is loaded nothing has begun, and Ctrl-C ends the process at once:
    so everything is loaded in here, not above."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from stage.errors import StageError

    try:
        cli = command_line()
    except StageError as error:
        sys.exit(f"stage: {error}")
    try:
        signal.signal(signal.SIGINT, before)
        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
