"""Commands for writing a scene: begin one, check it, lay it out, try it whenever it is saved. No model is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson, ModelName, SceneFile, scene_path
from stage.commands.output import note, print_text, show, show_json, show_wrapped
from stage.errors import Complaint, Severity, UsageError

Paths = Annotated[list[Path], typer.Argument(metavar="SCENE...", help="Scene files, or folders of them.")]


class LintFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def lint(
    paths: Paths,
    form: Annotated[LintFormat, typer.Option("--format", help="github: annotations of a workflow.")] = LintFormat.TEXT,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes as well.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 on warnings, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check scenes; every complaint comes with file, line and column. 'stage explain CODE' says more about it."""
    from stage.report.annotations import as_github, summary
    from stage.report.annotations import as_json as document

    files = scene_files(paths)
    found = {file: checked(file) for file in files}
    every = [c for complaints in found.values() for c in complaints]
    shown = [c for c in every if notes or c.severity is not Severity.NOTE]
    if as_json or form is LintFormat.JSON:
        show_json(document(every, [str(f) for f in files]))
    elif form is LintFormat.GITHUB:
        for complaint in shown:
            show(as_github(complaint))
    elif shown:
        from stage.report.complaints import as_text

        for file, complaints in found.items():
            lines = lines_of(file)
            for complaint in (c for c in complaints if c in shown):
                print_text(as_text(complaint, lines))
    hidden = f" (shown with --notes: {len(every) - len(shown)})" if len(shown) < len(every) and not as_json else ""
    note(summary(shown, len(files)) + hidden)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(c.severity in bad for c in every):
        raise typer.Exit(3)


def scene_files(paths: Sequence[Path]) -> list[Path]:
    """The scene files that are named, and those in the folders that are. UsageError if there are none."""
    files = [f for p in paths for f in (sorted(p.rglob("*.yaml")) if p.is_dir() else [scene_path(p)])]
    if not files:
        raise UsageError(f"no scene files (*.yaml) in {', '.join(map(str, paths))}")
    return files


def checked(file: Path) -> list[Complaint]:
    """All that there is to say of a scene file, in the order of its lines."""
    from stage.authoring.advice import advice
    from stage.authoring.expectations import contradictions
    from stage.scenes.yaml_reader import complaints

    return complaints(file, contradictions, advice)


def lines_of(file: Path) -> list[str]:
    """The lines of a file as far as it can be read."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except (OSError, ValueError):
        return []


def explain(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="Of a complaint: 'unknown-name'.")] = None,
) -> None:
    """Say more about a complaint of 'stage lint': why it is one, and an example put right. Without a code, list them."""
    from difflib import get_close_matches

    from stage.authoring.rulebook import RULES

    if code is None:
        for name, rule in RULES.items():
            show(f"{name:<20} {rule.what}")
        return
    if code not in RULES:
        near = get_close_matches(code, RULES, 1)
        hint = f"did you mean {near[0]!r}?" if near else "'stage explain' lists all"
        raise UsageError(f"there is no complaint {code!r}; {hint}")
    rule = RULES[code]
    show_wrapped(f"{code}: {rule.what}\n\n{rule.why}")
    for title, example in (("This gives it:", rule.wrong), ("This does not:", rule.mended)):
        if example:
            show(f"\n{title}\n\n" + "\n".join(f"    {line}" for line in example.rstrip("\n").split("\n")))


def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make: 'my_scene.yaml'.")],
    template: Annotated[
        str, typer.Option("--template", "-t", help="Which kind of scene to begin with.")
    ] = "false-belief",
) -> None:
    """Begin a scene from a template: false-belief, secret, lie, heist, improvised or benchmark."""
    from stage.templates import TEMPLATES, begun

    if template not in TEMPLATES:
        raise UsageError(f"there is no template {template!r}; there are {', '.join(TEMPLATES)}")
    if not path.name:
        raise UsageError(f"{str(path)!r} names no file; name one, such as my_scene.yaml")
    target = path if path.suffix else path.with_suffix(".yaml")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(begun(template, target))
    except FileExistsError as error:
        raise UsageError(f"{target} is there already; choose another name") from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no folder {target.parent}; make it first") from error
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    note(f"{target} is written. Next: stage lint {target}; stage run {target}")


def fmt(
    paths: Paths,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if anything would change.")
    ] = False,
) -> None:
    """Lay scene files out alike. Comments stay, and what the file says never changes."""
    from stage.authoring.formatting import formatted
    from stage.scenes.yaml_reader import read

    changed = 0
    for file in scene_files(paths):
        text = read(file)
        made = formatted(text, str(file))
        if made == text:
            continue
        changed += 1
        show(f"{file} would change" if check else f"{file} is laid out anew")
        if not check:
            replace_file(file, made)
    if not changed:
        note("Nothing to change.")
    if check and changed:
        raise typer.Exit(1)


def replace_file(file: Path, text: str) -> None:
    """Write a file as a whole: whoever reads it sees the old text or the new one."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.chmod(file.stat().st_mode)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def watch(
    scene: SceneFile,
    model: ModelName = "control:oracle",
    every: Annotated[float, typer.Option(min=0.05, max=60.0, help="Seconds between two looks at the file.")] = 0.3,
    times: Annotated[int | None, typer.Option(min=1, help="Stop after so many looks that found a change.")] = None,
) -> None:
    """Check a scene, and perform it with a control, whenever it is saved. Ctrl-C ends it."""
    from datetime import datetime
    from itertools import islice
    from tempfile import TemporaryDirectory

    from stage.report.annotations import summary
    from stage.report.complaints import as_text

    file = scene_path(scene)
    note(f"Watching {file}; Ctrl-C ends it.")
    try:
        for _ in islice(saves(file, every), times):
            note(f"\n── {file.name}, {datetime.now():%H:%M:%S} ──")
            complaints = [c for c in checked(file) if c.severity is not Severity.NOTE]
            for complaint in complaints:
                print_text(as_text(complaint, lines_of(file)))
            note(summary(complaints, 1))
            if not any(c.severity is Severity.ERROR for c in complaints):
                with TemporaryDirectory() as folder:
                    rehearse(file, model, Path(folder))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def saves(file: Path, every: float) -> Iterator[None]:
    """Once now, and then whenever the file is saved."""
    from time import sleep

    last = None
    while True:
        try:
            stamp = file.stat()
            now = (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
        except OSError:
            now = None
        if now != last or last is None:
            last = now or (0, 0, 0)
            yield
        sleep(every)


def rehearse(file: Path, model: str | None, folder: Path) -> None:
    """Perform a scene and print its minds and its card; nothing of it is kept."""
    from stage.commands.output import show_minds, show_run
    from stage.errors import StageError
    from stage.performing.settings import Settings
    from stage.records.session import Planned, perform_file
    from stage.report.screen import Screen
    from stage.scoring.scorecard import score

    planned = [Planned(Settings(), folder / "run")]
    try:
        with Screen(lines_to_stderr=False) as screen:
            done = list(perform_file(file, model, planned, screen, folder, lambda _: None))
    except StageError as error:  # the file may have been saved again meanwhile
        note(str(error))
        return
    for run in done:
        scorecard = score(run.transcript)
        show("")
        show_run(run, scorecard, as_json=False)
        show_minds(
            run, scorecard
        )  # last, where a terminal ends: a control's card is foreseen, the minds are looked for
