"""Controls that draw, over many seeds: how often intervals hold what was planted.

Several planted values are claimed at once, so intervals that each hold in 95 % of studies do not all hold in 95 % of them.
Beside the single interval of each claim stands a simultaneous one, of the confidence with which all claims together hold
in at least 95 % (Bonferroni's inequality, which asks nothing of how they hang together: the controls share their draws).
How often an interval is to hold is worked out for as many answers as there were, since few make it differ from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from stage.performing.transcript import Transcript
from stage.scoring.intervals import CONFIDENCE, Figure, proportion
from stage.scoring.verdicts import Outcome, chance, tells_apart, verdict
from stage.suites.planted import Check

JOINTLY = "all of these with one seed"
RARE = 0.01
"""What is no more likely than this if all is as it should be, is taken for a sign that it is not."""


@dataclass(frozen=True)
class Tally:
    """What was counted with one seed: ``count`` of ``n`` answers, of which a share ``planted`` was to be expected."""

    count: int
    n: int
    planted: float

    @property
    def share(self) -> float:
        return self.count / self.n if self.n else 0.0

    @property
    def separation(self) -> float:
        """The share, corrected for the planted one as for chance."""
        return (self.share - self.planted) / (1 - self.planted) if self.n else 0.0

    def holds(self, confidence: float) -> bool:
        """Whether the interval of the share holds what was planted; it does not where nothing was counted."""
        return proportion(self.count, self.n, confidence).covers(self.planted) is True


@dataclass(frozen=True)
class Claim:
    """Something planted, in words, with what came of it: ``recovered`` on average, and the tally of every seed."""

    planted: str
    recovered: float
    tallies: tuple[Tally, ...]

    @property
    def tells(self) -> bool:
        """Whether there was anything to count, as with the first seed."""
        return self.tallies[0].n > 0

    def expected(self, confidence: float) -> float:
        """In what share of studies of as many answers an interval of this confidence holds what was planted: Wilson's
        keeps its promise on average over rates, and less or more at one rate where answers are few."""
        n, planted = self.tallies[0].n, self.tallies[0].planted
        holding = (count for count in range(n + 1) if Tally(count, n, planted).holds(confidence))
        return min(1.0, sum(float(stats.binom.pmf(count, n, planted)) for count in holding))


@dataclass(frozen=True)
class Held:
    """In how many seeds the single 95 % interval of something planted holds it, and in how many the simultaneous one, which
    is to do so in a share of ``expected`` at least; None where nothing was counted that could tell."""

    planted: str
    recovered: float | None
    n: int | None
    single: int
    simultaneous: int
    expected: float | None


@dataclass(frozen=True)
class Coverage:
    """Over ``seeds`` seeds, how often intervals hold what was planted: each claim's, and ``jointly`` those of all claims
    with the same seed. ``confidence`` is that of each simultaneous interval; ``n`` that of the first seed."""

    seeds: int
    confidence: float
    claims: tuple[Held, ...]
    jointly: Held

    def checks(self) -> list[Check]:
        """That the simultaneous intervals hold, claim by claim and jointly, in so many seeds that intervals which keep
        their promise would hold in fewer in a hundredth of such trials."""
        return [
            *(
                Check(
                    claim.planted,
                    f"{claim.recovered:.3f} on average (n = {claim.n}); the simultaneous interval holds it for "
                    f"{claim.simultaneous} of {self.seeds} seeds",
                    self._is_plausible(claim),
                )
                for claim in self.claims
            ),
            Check(
                self.jointly.planted,
                f"all simultaneous intervals hold for {self.jointly.simultaneous} of {self.seeds} seeds",
                self._is_plausible(self.jointly),
            ),
        ]

    def _is_plausible(self, held: Held) -> bool | None:
        if held.expected is None:
            return None
        return float(stats.binom.cdf(held.simultaneous, self.seeds, held.expected)) > RARE


def coverage(claims: Sequence[Claim]) -> Coverage:
    """How often intervals hold, over the seeds that the claims have in common. All at once are those that tell."""
    confidence = 1 - (1 - CONFIDENCE) / len(claims)
    single = [[t.holds(CONFIDENCE) for t in c.tallies] for c in claims]
    simultaneous = [[t.holds(confidence) for t in c.tallies] for c in claims]
    expected = [c.expected(confidence) if c.tells else None for c in claims]
    held = tuple(
        Held(c.planted, c.recovered, c.tallies[0].n, sum(one), sum(other), share)
        for c, one, other, share in zip(claims, single, simultaneous, expected, strict=True)
    )
    telling = [n for n, share in enumerate(expected) if share is not None]
    one, other = (_at_once([intervals[n] for n in telling]) for intervals in (single, simultaneous))
    at_least = 1 - sum(1 - share for share in expected if share is not None)
    jointly = Held(JOINTLY, None, None, one, other, max(0.0, at_least) if telling else None)
    return Coverage(len(claims[0].tallies), confidence, held, jointly)


def _at_once(holding: Sequence[Sequence[bool]]) -> int:
    return sum(map(all, zip(*holding, strict=True)))


def leaks(transcripts: Sequence[Transcript], planted: float) -> Tally:
    """Answers with some other mind's belief, of those decided where one that differs was offered."""
    outcomes = [
        verdict(a, t.noise).outcome
        for t in transcripts
        for a in t.answers
        if any(value != a.expected and value in a.options for value in a.minds.values())
    ]
    decided = [o for o in outcomes if o not in (Outcome.UNDECIDED, Outcome.UNREADABLE)]
    return Tally(decided.count(Outcome.OTHER), len(decided), planted)


def leak_rate(transcripts: Sequence[Transcript]) -> Figure:
    """The share of some other mind's belief among decided answers where one that differs was offered."""
    found = leaks(transcripts, 0.0)
    return proportion(found.count, found.n)


def hits(transcripts: Sequence[Transcript]) -> Tally:
    """Right answers, of those decided that tell minds apart; planted is a blind choice, whose separation is 0."""
    telling = [
        (a, verdict(a, t.noise)) for t in transcripts for a in t.answers if a.expected in a.options and tells_apart(a)
    ]
    decided = [(a, v) for a, v in telling if v.decided]
    blind = sum(chance(a) for a, _ in decided) / max(1, len(decided))
    return Tally(sum(v.outcome == Outcome.RIGHT for _, v in decided), len(decided), blind)
