"""The command line: which commands there are, and how it ends. The commands themselves are in `stage.commands`."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from stage import __version__
from stage.commands.authoring import explain, fmt, lint, new, watch
from stage.commands.benchmarks import audit_key, bench
from stage.commands.branching import branch, reroll
from stage.commands.doctor import doctor
from stage.commands.fixtures import export, generate
from stage.commands.measuring import calibrate, suite
from stage.commands.model_files import info, pull, verify
from stage.commands.models import convert, list_models, models
from stage.commands.output import note, show
from stage.commands.performing import run
from stage.commands.reading import compare, runs, score_run
from stage.commands.reporting import report
from stage.commands.writing import ask, graph, minds, prompt, schema
from stage.errors import StageError, UsageError

COMMANDS: dict[str, Callable[..., None]] = {
    "run": run,
    "reroll": reroll,
    "branch": branch,
    "score": score_run,
    "compare": compare,
    "report": report,
    "calibrate": calibrate,
    "suite": suite,
    "new": new,
    "lint": lint,
    "explain": explain,
    "fmt": fmt,
    "watch": watch,
    "schema": schema,
    "prompt": prompt,
    "minds": minds,
    "graph": graph,
    "ask": ask,
    "audit": audit_key,
    "bench": bench,
    "export": export,
    "generate": generate,
    "runs": runs,
    "doctor": doctor,
}
"""In the order in which they are listed to the user."""

GROUPS: dict[str, tuple[Callable[..., None], dict[str, Callable[..., None]]]] = {
    "models": (
        models,
        {"list": list_models, "pull": pull, "info": info, "verify": verify, "convert": convert},
    ),
}
"""What a group does without a command of its own, and its commands."""


FIRST_STEPS = """\b
First steps:
  stage run sally_anne      perform a shipped scene on the built-in model
  stage new my_scene.yaml   begin a scene of your own
  stage COMMAND --help      what a command takes"""
"""Told below the list of commands."""


def parser(called: str = "") -> typer.Typer:
    """The command line, with the one command that is called, or with all of them where that is none: to build one takes
    a moment, to build all takes longer than to check a scene."""
    app = typer.Typer(
        name="stage",
        help="Perform scenes with one local language model, and measure how well it keeps their minds apart.",
        epilog=FIRST_STEPS,
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(alone)
    known = called in COMMANDS or called in GROUPS
    for name, command in COMMANDS.items():
        if not known or name == called:
            app.command(name, short_help=in_short(command))(command)
    for name, (bare, commands) in GROUPS.items():
        if not known or name == called:
            group = typer.Typer(rich_markup_mode=None)
            group.callback(invoke_without_command=True)(bare)
            for inner, command in commands.items():
                group.command(inner, short_help=in_short(command))(command)
            app.add_typer(group, name=name)
    return app


def in_short(command: Callable[..., None]) -> str:
    """What a command does, as the list of commands has it: the first sentence of its docstring, whole."""
    sentence = (command.__doc__ or "").partition("\n\n")[0].partition(". ")[0]
    return f"{' '.join(sentence.split()).removesuffix('.')}."


def alone(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """What stands before a command. Without one, what there is."""
    if version:
        show(f"stage {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        show(context.get_help())


def main() -> None:
    """The whole process. What is loaded stays, so it is not looked through for garbage while a command starts, nor at
    the end: that would be a fifth of the time it takes to check a scene."""
    gc.set_threshold(200_000)
    try:
        answer()
    finally:
        gc.freeze()


def answer() -> None:
    """Run the command line on ``sys.argv``; what a user can mend is told in one message, with the exit code of its
    kind."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal need not know every letter
    try:
        try:
            parser(*sys.argv[1:2])()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except StageError as error:
        note(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # before there is a command that could answer it
        sys.exit(130)
    except BrokenPipeError:
        discard_output()
        sys.exit(1)
    except OSError as error:
        if error.filename is not None:
            note(f"{named(error.filename)} cannot be used: {error.strerror}")
            sys.exit(UsageError.exit_code)
        discard_output()
        note(f"the output cannot be written: {error.strerror}")
        sys.exit(1)


def named(file: object) -> str:
    """A file's name as it is shown: a name can be anything, and as long as one likes."""
    text = os.fsdecode(file) if isinstance(file, bytes | os.PathLike) else str(file)
    return text if len(text) < 200 else f"{text[:100]}…"


def discard_output() -> None:
    """Let what is still to be written to stdout go nowhere, so that the interpreter can end in peace."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
