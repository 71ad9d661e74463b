"""A viewpoint's beliefs as a graph."""

from __future__ import annotations

from typing import Any

import networkx as nx

from stage.beliefs.mind import Held
from stage.beliefs.minds import World
from stage.beliefs.rumour import rumour
from stage.world.facts import Belief, Known, OneOf, Whether
from stage.world.setting import INTERNAL


def belief_graph(world: World) -> nx.MultiDiGraph[str]:
    """One viewpoint's facts: nodes are subjects and values, edges are beliefs, keyed by relation.

    Every edge carries ``status`` ("known", "one of", "whether"), ``relation``, ``source`` ("saw", "told", "inferred",
    "from the start", "found out"), ``by`` (who said so, or None), ``via`` (who told whom, the last first), ``time`` and ``beat`` of the event it comes from. A set of
    remaining values has one edge to each; of what the holder is only thought to know, the edge ends at "?".
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(viewpoint=list(world.viewpoint), before=world.before)
    for fluent, held in world.beliefs().items():
        assert held.belief is not None
        if fluent.relation in INTERNAL:
            continue
        status, values = _ends(held.belief)
        for value in values:
            told = [telling.speaker for telling in rumour(world, fluent)]
            graph.add_edge(
                fluent.subject, value, key=fluent.relation, via=told, **_attributes(held, status, fluent.relation)
            )
    return graph


def _ends(belief: Belief) -> tuple[str, list[str]]:
    match belief:
        case Known(value):
            return "known", [value]
        case OneOf(values):
            return "one of", sorted(values)
        case Whether():
            return "whether", ["?"]


def _attributes(held: Held, status: str, relation: str) -> dict[str, Any]:
    return {
        "relation": relation,
        "status": status,
        "source": held.source.value,
        "by": held.by,
        "time": held.event.time,
        "beat": held.event.beat,
    }
