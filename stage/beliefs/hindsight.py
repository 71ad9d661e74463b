"""Credit that is taken back: somebody turns out not to have been where he was thought to be, and where a scene has it so,
what he was credited with only for being there, since he was last seen, no longer counts.

A mind that has been found to have such gaps is another mind than before: what was asked of an earlier moment is answered
by the one that had not yet been found out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from stage.beliefs.exposure import speaks_against
from stage.beliefs.mind import Gap, Mind
from stage.beliefs.noticing import OUTSIDE
from stage.beliefs.recollection import Recollection
from stage.world.events import Appear, Effect, Enter, Event, Exactly, doers
from stage.world.facts import Known
from stage.world.setting import place_fluent


@dataclass(slots=True)
class Findings:
    """What was found out of one mind's last of the chain by the one above: before the event time ``read``, when he was
    last seen to be anywhere or to go, the gaps; and the mind with some of them, by these."""

    read: int = 0
    sighted: int = -1
    gaps: list[Gap] = field(default_factory=list)
    minds: dict[tuple[Gap, ...], Mind] = field(default_factory=dict)


@dataclass(frozen=True)
class Hindsight:
    """Finding out about absences in one play."""

    recollection: Recollection
    _findings: dict[Mind, Findings] = field(default_factory=dict, init=False, repr=False)

    def of(self, mind: Mind, before: int) -> Mind:
        """A mind that is credited with all that it is placed to notice, as the one above sees it before an event time."""
        parent = mind.parent
        if parent is None or parent.parent is None or mind.name in OUTSIDE:
            return mind  # who is where is known in reality
        findings = self._findings.get(mind)
        if findings is None:
            findings = self._findings[mind] = Findings()
        self._read(findings, mind.name, parent, min(before, len(self.recollection.log.events)))
        gaps = tuple(gap for gap in findings.gaps if gap.until < before)
        if not gaps:
            return mind
        found = findings.minds.get(gaps)
        if found is None:
            found = findings.minds[gaps] = Mind(mind.viewpoint, parent, self.recollection, gaps)
        return found

    def _read(self, findings: Findings, name: str, parent: Mind, before: int) -> None:
        """Take in what the one above learns up to an event time of where somebody is."""
        noticing, fluent = self.recollection.noticing, place_fluent(name)
        for time in self._telling(parent, name, findings.read, before):
            findings.read = time  # what is asked on the way is asked of an earlier moment
            if noticing.notice(parent, time) is None:
                continue
            learnt = [e for e in noticing.seen(parent, time, fluent) if noticing.counts(parent, e, time)]
            belief = parent.belief(fluent, time) if learnt else None
            event = self.recollection.log.events[time]
            if isinstance(belief, Known) and _is_missed(name, belief.value, learnt, event):
                findings.gaps.append(Gap(findings.sighted, time, belief.value))
            if any(e.change or isinstance(e.content, Exactly) for e in learnt):
                findings.sighted = time
        findings.read = max(findings.read, before)

    def _telling(self, parent: Mind, name: str, since: int, before: int) -> Sequence[int]:
        """The times between two others of the events that may tell a mind where somebody is."""
        within, fluent = set[int](), place_fluent(name)
        for times in (
            self.recollection.log.touches(fluent).times,
            self.recollection.evidence.looks(parent.viewpoint[0], fluent),
        ):
            within.update(times[bisect_left(times, since) : bisect_left(times, before)])
        return sorted(within)


def _is_missed(name: str, place: str, learnt: Sequence[Effect], event: Event) -> bool:
    """Whether an event shows, by what it tells of where somebody is, that he is not or was not until now at a place
    where he was thought to be."""
    if any(not e.change and speaks_against(e.content, place) for e in learnt):
        return True
    goes = isinstance(event.action, Enter | Appear) and not event.failed and name in doers(event.action)
    return bool(learnt) and goes and (event.place == place) != event.departure
