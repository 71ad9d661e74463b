"""Scene files and their questions as pytest's collectors and items."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from stage.course import Probe
from stage.errors import StageError
from stage.report.safe import printable
from stage.scenes.scene import ExpectedFailure, Scene
from stage.scenes.yaml_reader import loads, position, read
from stage.testing.foreseen import foreseen
from stage.testing.outcomes import Case, NotRightError
from stage.testing.performing import Performed, StageModel, session_model
from stage.world.facts import AT


class SceneFile(pytest.File):
    """A scene file. Its items share one performance, which is made when the first of them is run."""

    @cached_property
    def model(self) -> StageModel:
        return session_model(self.config)

    @cached_property
    def text(self) -> str:
        return read(self.path)

    @cached_property
    def scene(self) -> Scene:
        return loads(self.text, self.shown_path)

    @property
    def shown_path(self) -> str:
        """The file as the user is told of it: from where pytest was started."""
        start = self.config.invocation_params.dir
        return str(self.path.relative_to(start)) if self.path.is_relative_to(start) else str(self.path)

    @cached_property
    def performed(self) -> Performed:
        return self.model.perform(self.scene)

    def collect(self) -> Iterator[ProbeItem]:
        self.model  # noqa: B018 - options that make no sense are told before anything is run
        for probe in foreseen(self.scene):
            name = item_name(probe)  # given as a text, an id is taken apart as one from a cache or a command line
            yield ProbeItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}", probe=probe)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, StageError):
            return "\n".join(map(printable, str(excinfo.value).splitlines()))
        return super().repr_failure(excinfo)


class ProbeItem(pytest.Item):
    """One question at one moment of a scene."""

    parent: SceneFile

    def __init__(self, *, probe: Probe, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.probe = probe
        self.extra_keyword_matches |= {*probe.viewpoint, f"order{len(probe.viewpoint)}", f"beat{probe.beat}"}

    @cached_property
    def case(self) -> Case:
        path = () if self.probe.plan is None else ("probes", self.probe.plan)
        line = position(self.parent.text, *path).line
        source = self.parent.text.splitlines()[line - 1].strip().removeprefix("- ")
        return Case(self.parent.shown_path, line, printable(source), self.probe)

    def setup(self) -> None:
        plans = self.parent.scene.probes
        failure = None if self.probe.plan is None else plans[self.probe.plan].xfail
        if failure is not None and concerns(failure, self.parent.model):
            strict = {} if failure.strict is None else {"strict": failure.strict}
            self.add_marker(pytest.mark.xfail(reason=printable(failure.reason), raises=NotRightError, **strict))

    def runtest(self) -> None:
        performed = self.parent.performed
        if self.probe.id not in performed.answers:
            pytest.skip("not asked: in this performance it is not contested, not yet known of, or has one answer only")
        self.case.judge(performed, self.parent.model)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        error = excinfo.value
        if not isinstance(error, NotRightError | StageError):
            return super().repr_failure(excinfo, style)
        return error.told if isinstance(error, NotRightError) else printable(str(error))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return Path(self.path), self.case.line - 1, self.name


def concerns(failure: ExpectedFailure, model: StageModel) -> bool:
    """Whether a failure is expected of this model. Never of the oracle, which answers from the key: with it the scene is
    tested, not a model."""
    names = (model.spec, model.card.name)
    return "control:oracle" not in names and any(fnmatchcase(n, p) for n in names for p in failure.models)


def item_name(probe: Probe) -> str:
    """'anne>sally marble[after 4]'. Brackets and double colons have a meaning in pytest's ids, and stay out of it."""
    about = probe.fluent.subject if probe.fluent.relation == AT else str(probe.fluent)
    words = f" ({probe.question})" if probe.question else ""
    name = f"{'>'.join(probe.viewpoint) or 'reality'} {about}{words}"
    plain = printable(name).replace("::", ":").replace("[", "(").replace("]", ")")
    return f"{plain}[after {probe.beat}]"
