"""Chat messages as text, by a template that came with a model file.

A template is foreign code and what people say is foreign text: the template runs in a sandbox, and it never sees the
contents. It arranges numbered placeholders, whose places the contents then take, marked as untrusted, so that
nothing said in a play can be read as one of the template's own signs. Knows nothing of tokens.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from stage.errors import ModelError
from stage.inference.requests import Message

_PLACE = re.compile("\ue000([0-9]+)\ue001")

TODAY = datetime.datetime(2024, 7, 26)
"""The date a template gets to see: always the same, so that a prompt does not change with the day."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a prompt: the template's own text, or (``content``) what somebody said."""

    text: str
    content: bool


class _Generation(jinja2.ext.Extension):
    """The tag that marks the assistant's text in templates made for training; its body counts as it stands."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _RefusedError(Exception):
    """A template that does not take messages of these roles, and why."""


def _raise_exception(reason: str) -> NoReturn:
    raise jinja2.TemplateError(reason)


class ChatTemplate:
    """A model's own way of writing a conversation; ``bos`` and ``eos`` are how its special tokens are written.

    Some templates put in a system message of their own when the first message is none.
    """

    def __init__(self, source: str, bos: str = "", eos: str = "") -> None:
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
        )
        environment.globals["raise_exception"] = _raise_exception
        environment.globals["strftime_now"] = TODAY.strftime
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            raise ModelError(
                f"the model's chat template cannot be read: {error}; perform the scene in script format"
            ) from error
        self._signs = {"bos_token": bos, "eos_token": eos}
        self._arranged: Callable[[tuple[str, ...]], tuple[str | int, ...]] = lru_cache(maxsize=256)(self._arrange)

    def pieces(self, messages: Sequence[Message]) -> tuple[Piece, ...]:
        """The conversation up to where the assistant's reply begins, every content once and in its place.

        A system message that the template refuses or leaves out is put before the first message of the user.
        ModelError if it refuses the rest too.
        """
        said: list[tuple[str, str]] = [(message.role, message.content) for message in messages]
        try:
            arranged = self._arranged(tuple(role for role, _ in said))
        except _RefusedError as first:
            merged = _without_system(said)
            if merged == said:
                raise ModelError(_refusal(said, first)) from first
            try:
                said, arranged = merged, self._arranged(tuple(role for role, _ in merged))
            except _RefusedError as second:
                raise ModelError(_refusal(merged, second)) from second
        return tuple(Piece(said[p][1], True) if isinstance(p, int) else Piece(p, False) for p in arranged)

    def _arrange(self, roles: tuple[str, ...]) -> tuple[str | int, ...]:
        """The template's text, with the number of each message where its content belongs."""
        messages = [{"role": role, "content": f"\ue000{n}\ue001"} for n, role in enumerate(roles)]
        try:
            text = self._template.render(messages=messages, add_generation_prompt=True, **self._signs)
        except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _RefusedError(str(error) or type(error).__name__) from error
        parts = _PLACE.split(text)
        if [int(n) for n in parts[1::2]] != list(range(len(roles))):
            raise _RefusedError("it leaves out or rearranges messages")
        return tuple(int(p) if i % 2 else p for i, p in enumerate(parts) if p)


def _without_system(said: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    system = [content for role, content in said if role == "system"]
    rest = [(role, content) for role, content in said if role != "system"]
    for n, (role, content) in enumerate(rest):
        if role == "user":
            rest[n] = (role, "\n\n".join([*system, content]))
            return rest
    return [*rest, ("user", "\n\n".join(system))] if system else rest


def _refusal(said: Sequence[tuple[str, str]], why: _RefusedError) -> str:
    roles = ", ".join(role for role, _ in said)
    return f"the model's chat template does not take messages by {roles}: {why}; perform the scene in script format"
