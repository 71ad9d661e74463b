"""Evaluating prompts as a tree: every distinct beginning once, what belongs together in one batch.

The engine keeps the books of `slots` and the native cache in step. It speaks tokens only; how a prompt was worded
and what an option means is not known here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stage.errors import ModelError
from stage.inference.arrangement import LIFTED
from stage.inference.cache import Cache, NoRoomError
from stage.inference.prefixes import Path, Row, lay_out
from stage.inference.sampling import Logits, log_normalizer
from stage.inference.settings import TILE, Settings
from stage.inference.slots import Slots, common_prefix
from stage.inference.voices import Voice

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Job:
    """A prompt and the options whose log-probabilities after it are asked for (none: only the logits are)."""

    prompt: Tokens
    options: tuple[Tokens, ...] = ()

    @property
    def stems(self) -> tuple[Tokens, ...]:
        """What has to be evaluated of the options, each once: all but the last token, whose successor is no matter."""
        return tuple(sorted({option[:-1] for option in self.options} - {()}))

    @property
    def extra(self) -> int:
        """Tokens beyond the prompt, if nothing is shared among the options."""
        return sum(len(stem) for stem in self.stems)


@dataclass(frozen=True)
class Evaluated:
    """A job whose batch has just been evaluated: the row after the prompt, and per stem the rows after its tokens."""

    job: Job
    slot: int
    end: int
    trails: dict[Tokens, tuple[int, ...]]


class Engine:
    """``evaluated`` counts the tokens given to the model so far, ``batches`` how often it was called, ``moved`` the cells
    that were laid elsewhere, which only an engine does that ``arranges``; ``watch`` is told after each batch how many
    tokens were in it. After an error the cache is empty, never wrong."""

    def __init__(self, native: Cache, settings: Settings, watch: Callable[[int], None] = lambda rows: None) -> None:
        self.evaluated = self.batches = self.moved = 0
        self._watch = watch
        self._native = native
        self._alone = settings.sharing == "none" or not native.shares
        self.arranges = settings.arrange and native.arranges and not self._alone
        self._n_batch = settings.n_batch
        self._n_outputs = min(settings.n_outputs, settings.n_batch)
        count = max(1, settings.n_seq_max * 3 // 8)
        self.slots = Slots(count, native.n_ctx, settings.keep)
        self._leaves = range(count, settings.n_seq_max)

    @property
    def sharing(self) -> str:
        """The mode in force: recurrent models cannot share."""
        return "none" if self._alone else "tree"

    def reset(self) -> None:
        """Empty the cache."""
        self.slots.clear()
        self._native.clear()

    def score(self, jobs: Sequence[Job]) -> dict[tuple[Tokens, Tokens], float]:
        """Natural log-probability of every option after its prompt, by (prompt, option)."""
        self._tidy([job.prompt for job in jobs])
        parts = [part for job in sorted(jobs, key=lambda job: job.prompt) for part in self._parts(job)]
        results: dict[tuple[Tokens, Tokens], float] = {}
        for group in [[part] for part in parts] if self._alone else [parts]:
            for evaluated in self._evaluate(group):
                self._read(evaluated, results)
        return results

    def generate(self, voices: Sequence[Voice]) -> None:
        """Let every voice speak until it has ended."""
        self._tidy([voice.prompt for voice in voices])
        together = 1 if self._alone else self.slots.count
        waiting = deque(sorted(voices, key=lambda voice: (voice.prompt, repr(voice.request))))
        while waiting:
            group = [waiting.popleft()]
            while waiting and len(group) < together and self._fit([*group, waiting[0]]):
                group.append(waiting.popleft())
            self._speak(group)

    def _tidy(self, prompts: Sequence[Tokens]) -> None:
        for slot, length in self.slots.begin(prompts):
            self._native.cut(slot, length)
        if self.arranges and self.slots.scattered(prompts):
            self._arrange()

    def _arrange(self) -> None:
        """Lay all cells side by side. Where the library cannot move them it is not asked again."""
        try:
            for step in self.slots.arrange(LIFTED):
                self._native.move(step)
                self.moved += sum(run.end - run.start for run in step)
        except ModelError:
            self.arranges = False
            self.reset()
        except BaseException:
            self.reset()
            raise

    def _spare(self, jobs: Sequence[Job], waiting: Sequence[Job]) -> None:
        for slot, length in self.slots.spare([job.prompt for job in jobs], [job.prompt for job in waiting]):
            self._native.cut(slot, length)

    def _fit(self, group: Sequence[Voice]) -> bool:
        """Whether the cache holds all prompts of a group, in their order, and whatever their replies may be."""
        cells, before = 0, Tokens()
        for voice in group:
            cells += len(voice.prompt) - common_prefix(before, voice.prompt) + voice.request.max_tokens
            before = voice.prompt
        return cells <= self.slots.capacity

    def _parts(self, job: Job) -> Iterator[Job]:
        """The job with no more options at a time than one batch holds; alone, with one option at a time."""
        part: list[Tokens] = []
        for option in sorted(set(job.options)):
            grown = Job(job.prompt, (*part, option))
            room = min(self._n_outputs, self._n_batch, self.slots.capacity + 1 - len(job.prompt)) - 1
            if room < 0:
                raise ModelError("the cache cannot hold one prompt; load the model with a larger n_ctx")
            if part and (self._alone or grown.extra > room or len(grown.stems) > len(self._leaves)):
                yield Job(job.prompt, tuple(part))
                part = []
            if len(option) - 1 > room:
                raise ModelError(f"an option of {len(option)} tokens is too long; {room + 1} can be scored at a time")
            part.append(option)
        yield Job(job.prompt, tuple(part))

    def _evaluate(self, jobs: Sequence[Job]) -> Iterator[Evaluated]:
        """Each job while its logits can be read. If the cache cannot hold a batch, jobs go one by one through an
        empty one."""
        queue = deque(jobs)
        if self._alone:
            self.reset()
        try:
            while queue:
                waiting = deque(queue)
                try:
                    done = self._round(waiting)
                except NoRoomError:
                    self.reset()
                    waiting = deque(queue)
                    done = self._round_alone(waiting)
                queue = waiting
                yield from done
                self.slots.unpin()
                if queue:
                    self._spare(jobs, queue)
        except BaseException:
            self.reset()
            raise

    def _round_alone(self, queue: deque[Job]) -> list[Evaluated]:
        try:
            return self._round(deque([queue.popleft()]))
        except NoRoomError as error:
            raise ModelError("the cache cannot hold one prompt; load the model with a larger n_ctx") from error

    def _round(self, queue: deque[Job]) -> list[Evaluated]:
        """Take as many jobs from the front as one batch holds, and evaluate it."""
        jobs = [queue.popleft()]
        places = [self._place(jobs[0])]
        rows = len(jobs[0].prompt) - places[0][1] + jobs[0].extra
        cells = len(jobs[0].prompt) + jobs[0].extra
        leaves, outputs = len(jobs[0].stems), 1 + jobs[0].extra
        while queue:
            job = queue[0]
            own = len(job.prompt) - common_prefix(jobs[-1].prompt, job.prompt) + job.extra + 1
            rows, cells = rows + own, cells + own
            leaves, outputs = leaves + len(job.stems), outputs + 1 + job.extra
            too_much = rows > self._n_batch or leaves > len(self._leaves) or outputs > self._n_outputs
            if too_much or cells > self.slots.capacity or len(jobs) == self.slots.count:
                break
            jobs.append(queue.popleft())
            places.append(self._place(job))
        return self._batch(jobs, places)

    def _place(self, job: Job) -> tuple[int, int]:
        """Put a prompt into a slot and evaluate as much of it as does not fit its batch: (slot, tokens held)."""
        placement = self.slots.place(job.prompt)
        if placement is None:
            raise NoRoomError
        slot, held = placement.slot, placement.held
        if placement.source is None:
            self._native.cut(slot, held)
        else:
            self._native.cut(slot)
            self._native.copy(placement.source, slot, held)
        while len(job.prompt) - held + job.extra > self._n_batch:
            left = len(job.prompt) - held
            spared = left - min(TILE, self._n_batch // 2)  # the last part is no smaller than a tile
            length = min(self._n_batch, spared if spared > 0 else left - 1)
            self._decode([Row(job.prompt[p], p, [slot]) for p in range(held, held + length)])
            held += length
        return slot, held

    def _batch(self, jobs: Sequence[Job], places: Sequence[tuple[int, int]]) -> list[Evaluated]:
        if self._alone:
            return [self._in_one_sequence(jobs[0], *places[0])]
        leaves = iter(self._leaves)
        paths, used = [], []
        for job, (slot, held) in zip(jobs, places, strict=True):
            last = len(job.prompt) - 1
            paths.append(Path(slot, job.prompt, held, last))
            for stem in job.stems:
                leaf = next(leaves)
                used.append(leaf)
                self._native.copy(slot, leaf, held)
                paths.append(Path(leaf, job.prompt + stem, held, last))
        layout = lay_out(paths)
        self._decode(layout.rows)
        for leaf in used:
            self._native.cut(leaf)
        trails = iter(layout.trails)
        evaluated = []
        for job, (slot, held) in zip(jobs, places, strict=True):
            end = next(trails)[-1]
            after = len(job.prompt) - held
            evaluated.append(Evaluated(job, slot, end, {stem: next(trails)[after:] for stem in job.stems}))
        return evaluated

    def _in_one_sequence(self, job: Job, slot: int, held: int) -> Evaluated:
        """A prompt and its one option, without any fork: what models with a recurrent state can do as well."""
        (stem,) = job.stems or ((),)
        last = len(job.prompt) - 1
        layout = lay_out([Path(slot, job.prompt + stem, held, last)])
        self._decode(layout.rows)
        return Evaluated(job, slot, last - held, {stem: layout.trails[0][last - held + 1 :]})

    def _decode(self, rows: Sequence[Row], hurried: bool = False) -> None:
        evicted = self.slots.make_room(len(rows))
        if evicted is None:
            raise NoRoomError
        for slot in evicted:
            self._native.cut(slot)
        self._native.decode(rows, hurried)
        self.slots.grow([(row.token, row.sequences) for row in rows])
        self.evaluated += len(rows)
        self.batches += 1
        self._watch(len(rows))

    def _read(self, evaluated: Evaluated, results: dict[tuple[Tokens, Tokens], float]) -> None:
        normalizers: dict[int, float] = {}
        for option in evaluated.job.options:
            total = 0.0
            rows = (evaluated.end, *(evaluated.trails[option[:-1]] if len(option) > 1 else ()))
            for row, token in zip(rows, option, strict=True):
                logits = self._native.logits(row)
                if row not in normalizers:
                    normalizers[row] = log_normalizer(logits)
                total += float(logits[token]) - normalizers[row]
            results[evaluated.job.prompt, option] = total

    def _speak(self, group: Sequence[Voice]) -> None:
        """Evaluate the prompts of a group, then one token of each voice at a time; one by one if room runs out."""
        try:
            self._converse(group)
        except NoRoomError as error:
            self.reset()
            if len(group) == 1:
                raise ModelError("the cache cannot hold one reply; load the model with a larger n_ctx") from error
            for voice in group:
                voice.restart()
                self._speak([voice])
        except BaseException:
            self.reset()
            raise

    def _converse(self, group: Sequence[Voice]) -> None:
        if self._alone:
            self.reset()
        logits: list[Logits] = []
        slots: list[int] = []
        queue = deque(Job(voice.prompt) for voice in group)
        while queue:
            for evaluated in self._round(queue):
                logits.append(self._native.logits(evaluated.end).copy())
                slots.append(evaluated.slot)
        speaking = list(zip(group, slots, logits, strict=True))
        while speaking:
            going = [(voice, slot) for voice, slot, view in speaking if voice.speak(view)]
            rows = [Row(v.tokens[-1], len(v.prompt) + len(v.tokens) - 1, [slot], True) for v, slot in going]
            if rows:
                self._decode(rows, hurried=True)
            speaking = [(v, slot, self._native.logits(n)) for n, (v, slot) in enumerate(going)]
        for voice, slot in zip(group, slots, strict=True):
            self.slots.shorten(slot, len(voice.prompt))
            self._native.cut(slot, len(voice.prompt))
        self.slots.unpin()
