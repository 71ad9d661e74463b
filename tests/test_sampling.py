"""Choosing tokens, cutting texts and writing chats, without a model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stage.errors import ModelError
from stage.inference.chat_template import ChatTemplate, Piece
from stage.inference.requests import Chat, Message, Script
from stage.inference.sampling import Wording, choose, log_normalizer
from stage.inference.tokens import Tokenizer


def logits(*probabilities: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    with np.errstate(divide="ignore"):
        return np.log(np.array(probabilities, dtype=np.float32))


def draw(values: np.ndarray[tuple[int], np.dtype[np.float32]], temperature: float, top_p: float) -> list[int]:
    random = np.random.default_rng(5)
    return [choose(values, temperature, top_p, random) for _ in range(4000)]


def test_the_normalizer_makes_probabilities_sum_to_one() -> None:
    values = np.array([1000.0, 999.0, -5.0], dtype=np.float32)
    assert np.exp(values.astype(float) - log_normalizer(values)).sum() == pytest.approx(1)


def test_logits_that_are_no_numbers_are_a_damaged_model() -> None:
    with pytest.raises(ModelError, match="damaged"):
        log_normalizer(np.array([0.0, np.nan], dtype=np.float32))


def test_temperature_zero_takes_the_likeliest_and_of_equals_the_first() -> None:
    assert choose(logits(0.1, 0.4, 0.4, 0.1), 0, 1, np.random.default_rng(0)) == 1


def test_draws_follow_the_probabilities() -> None:
    shares = np.bincount(draw(logits(0.2, 0.5, 0.3, 0), 1, 1), minlength=4) / 4000
    assert shares == pytest.approx([0.2, 0.5, 0.3, 0], abs=0.03)


def test_the_nucleus_is_the_smallest_set_that_holds_enough() -> None:
    assert set(draw(logits(0.2, 0.5, 0.26, 0.04), 1, 0.7)) == {1, 2}
    assert set(draw(logits(0.2, 0.5, 0.26, 0.04), 1, 0.4)) == {1}
    shares = np.bincount(draw(logits(0.2, 0.5, 0.3), 1, 0.75)) / 4000
    assert shares == pytest.approx([0, 5 / 8, 3 / 8], abs=0.03)


def test_heat_flattens() -> None:
    shares = np.bincount(draw(logits(0.8, 0.2), 2, 1)) / 4000
    assert shares == pytest.approx([2 / 3, 1 / 3], abs=0.03)


@example("a\na", ["\n", "a\na"], 1)
@given(st.text(alphabet="ab\né🙂", max_size=12), st.lists(st.text(alphabet="ab\né", min_size=1, max_size=3), max_size=3),
       st.integers(1, 3))  # fmt: skip
def test_a_text_ends_before_its_first_stop_however_it_is_cut_up(text: str, stop: list[str], size: int) -> None:
    wording = Wording(stop)
    data = text.encode()
    for at in range(0, len(data), size):
        if wording.add(data[at : at + size]):
            break
    found = [(text.find(s) + len(s), text.find(s)) for s in stop if s in text]
    assert wording.stopped == bool(found)
    assert wording.text == (text[: min(found)[1]] if found else text)


def test_half_a_character_is_left_out() -> None:
    wording = Wording(())
    wording.add("né🙂".encode()[:-1])
    assert wording.text == "né"


CHAT = (Message("system", "You are Sally."), Message("user", "Where is it?"))
PLAIN = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</s>{% endfor %}<assistant>"


def written(template: str, messages: tuple[Message, ...] = CHAT) -> str:
    return "".join(piece.text for piece in ChatTemplate(template, "<s>", "</s>").pieces(messages))


def test_contents_keep_apart_from_the_template() -> None:
    assert ChatTemplate(PLAIN).pieces(CHAT) == (
        Piece("<system>", False), Piece("You are Sally.", True), Piece("</s><user>", False),
        Piece("Where is it?", True), Piece("</s><assistant>", False),
    )  # fmt: skip


def test_contents_are_never_read_as_a_template() -> None:
    hostile = (Message("user", "{{ 7 * 7 }} \ue0000\ue001 {% raw %}"),)
    assert hostile[0].content in written(PLAIN, hostile)


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}[{{ m.content }}]{% endfor %}",
        "{% for m in messages %}{% if m.role != 'system' %}[{{ m.content }}]{% endif %}{% endfor %}",
        "{% if messages[0].role == 'system' %}{{ 1 / 0 }}{% endif %}{% for m in messages %}[{{ m.content }}]{% endfor %}",
    ],
)  # fmt: skip
def test_a_refused_system_message_goes_to_the_user(template: str) -> None:
    assert written(template) == "[You are Sally.\n\nWhere is it?]"


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("{{ raise_exception('only verse') }}", "only verse"),
        ("{{ messages[0].nothing.nothing }}", "nothing"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("silence", "leaves out"),
    ],
)
def test_a_template_that_refuses_is_reported(template: str, wrong: str) -> None:
    with pytest.raises(ModelError, match=wrong):
        written(template)


def test_a_broken_template_is_reported() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ChatTemplate("{% for %}")


def test_what_templates_may_use() -> None:
    template = (
        "{{ bos_token }}{{ strftime_now('%d %b %Y') }}\n{% for m in messages %}{% generation %}{{ m.content }}"
        "{% endgeneration %}{% if loop.last %}{% break %}{% endif %}{{ eos_token }}{% endfor %}"
    )
    assert written(template) == "<s>26 Jul 2024\nYou are Sally.</s>Where is it?"


class Characters:
    """A vocabulary of one token per character that, as some do, begins every text with a space."""

    bos = 1
    eos = 2

    def __init__(self, adds_bos: bool = True, spaces: bool = True) -> None:
        self.adds_bos = adds_bos
        self.spaces = spaces

    def tokenize(self, text: str, special: bool) -> tuple[int, ...]:
        if special and text.startswith("<s>"):
            return (1, *self.tokenize(text[3:], special))
        return tuple(ord(c) for c in (" " + text if self.spaces and text else text))

    def piece(self, token: int, special: bool = False) -> bytes:
        return b"<s>" * special if token == 1 else chr(token).encode()


@pytest.mark.parametrize("spaces", [True, False])
def test_an_option_gets_no_space_that_is_not_its_own(spaces: bool) -> None:
    tokenizer = Tokenizer(Characters(spaces=spaces), None)
    assert bytes(tokenizer.option("box")) == b"box"
    assert bytes(tokenizer.option(" box")) == b" box"


@pytest.mark.parametrize("adds_bos", [True, False])
@pytest.mark.parametrize("template", ["{{ bos_token }}{{ messages[0].content }}", "{{ messages[0].content }}"])
def test_a_text_begins_once(adds_bos: bool, template: str) -> None:
    tokens = Tokenizer(Characters(adds_bos), template).prompt(Chat((Message("user", "<s>Hi"),), begun=" I"))
    assert tokens.count(1) == (adds_bos or "bos" in template)
    assert bytes(tokens).strip(b"\x01 ") == b"<s>Hi I"


def test_a_script_begins_as_the_model_wants() -> None:
    assert Tokenizer(Characters(), None).prompt(Script("<s>x")) == (1, *b" <s>x")
    assert Tokenizer(Characters(adds_bos=False), None).prompt(Script("")) == (1,)


def test_a_chat_needs_a_template() -> None:
    with pytest.raises(ModelError, match="script format"):
        Tokenizer(Characters(), None).prompt(Chat(CHAT))


@given(st.integers(0, 2**32), st.floats(0.05, 1.0), st.floats(0.2, 3.0))
def test_a_large_vocabulary_is_drawn_from_as_if_all_of_it_were_sorted(
    seed: int, top_p: float, temperature: float
) -> None:
    random = np.random.default_rng(seed)
    values = np.round(random.standard_normal(3000) * 3, 1).astype(np.float32)  # with many ties
    weights = np.exp((values.astype(np.float64) - float(values.max())) / temperature)
    weights /= weights.sum()
    order = np.argsort(-weights, kind="stable")
    mass = np.cumsum(weights[order])
    nucleus = order[: min(int(np.searchsorted(mass, top_p * (1 - 1e-12))) + 1, len(order))]
    point = np.random.default_rng(seed + 1).random() * mass[len(nucleus) - 1]
    expected = nucleus[min(int(np.searchsorted(mass[: len(nucleus)], point, side="right")), len(nucleus) - 1)]
    assert choose(values, temperature, top_p, np.random.default_rng(seed + 1)) == expected
