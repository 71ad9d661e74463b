"""Prompts and options as tokens.

The rule at every seam: each piece is turned into tokens on its own and the tokens are put side by side. A prompt's
tokens therefore never depend on what follows it, an option's never on what precedes it, and no text is read twice.
Nothing is put between pieces: vocabularies that begin every text with a space are kept from doing so.
Only a template's own text can yield special tokens; contents, scripts, the beginning of a reply and options cannot.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from stage.errors import ModelError
from stage.inference.chat_template import ChatTemplate, Piece
from stage.inference.requests import Chat, Prompt, Script


class Vocabulary(Protocol):
    """What is needed of a model's vocabulary."""

    @property
    def adds_bos(self) -> bool: ...

    @property
    def bos(self) -> int | None: ...

    @property
    def eos(self) -> int | None: ...

    def tokenize(self, text: str, special: bool) -> tuple[int, ...]: ...

    def piece(self, token: int, special: bool = False) -> bytes: ...


_MARK = "\x02"
"""Put before a text to learn how it reads when it does not begin one; no vocabulary merges it with anything."""


class Tokenizer:
    """Turns prompts and options into tokens; ``template`` is the model's chat template, if it has one."""

    def __init__(self, vocabulary: Vocabulary, template: str | None) -> None:
        self._vocabulary = vocabulary
        self._continued = lru_cache(maxsize=8192)(self._continue)
        self._spaces = b"".join(vocabulary.piece(t) for t in vocabulary.tokenize("a", False)).startswith(b" ")
        bos, eos = (self._sign(token) for token in (vocabulary.bos, vocabulary.eos))
        self.template = ChatTemplate(template, bos, eos) if template is not None else None

    def _sign(self, token: int | None) -> str:
        return "" if token is None else self._vocabulary.piece(token, special=True).decode("utf-8", "replace")

    def prompt(self, prompt: Prompt) -> tuple[int, ...]:
        """The tokens of a prompt. It begins with the begin-of-text token once if the model wants one."""
        match prompt:
            case Chat(messages, begun):
                if self.template is None:
                    raise ModelError(
                        "the model has no chat template; perform the scene in script format or use a chat model"
                    )
                pieces = (*self.template.pieces(messages), Piece(begun, True))
                tokens = self._join(pieces)
            case Script(text):
                tokens = self._vocabulary.tokenize(text, False)
        bos = self._vocabulary.bos
        if bos is not None and ((self._vocabulary.adds_bos and tokens[:1] != (bos,)) or not tokens):
            tokens = (bos, *tokens)
        if not tokens:
            raise ModelError("the prompt is empty and the model has no token to begin a text with")
        return tokens

    def option(self, text: str) -> tuple[int, ...]:
        """The tokens of a text that continues another; a leading space belongs to the text or is not there."""
        tokens = self._continued(text, False)
        if not tokens:
            raise ModelError(f"the option {text!r} has no tokens in the model's vocabulary; word it otherwise")
        return tokens

    def _join(self, pieces: tuple[Piece, ...]) -> tuple[int, ...]:
        tokens: list[int] = []
        for n, piece in enumerate(pieces):
            if n == 0 and not piece.content:
                tokens += self._vocabulary.tokenize(piece.text, True)
            elif piece.text:
                tokens += self._continued(piece.text, not piece.content)
        return tuple(tokens)

    def _continue(self, text: str, special: bool) -> tuple[int, ...]:
        if not self._spaces:
            return self._vocabulary.tokenize(text, special)
        mark = self._vocabulary.tokenize(_MARK, False)
        marked = self._vocabulary.tokenize(_MARK + text, special)
        return marked[len(mark) :] if marked[: len(mark)] == mark else self._vocabulary.tokenize(text, special)
