"""A belief graph as text, as Graphviz dot, or as JSON."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from stage.report.safe import printable


def as_text(graph: nx.MultiDiGraph[str]) -> str:
    """One belief a line: subject, relation, value, and where it comes from."""
    rows = [
        f"{subject} {edge['relation']} {value}{_status(edge)}  ({_source(edge)})"
        for subject, value, edge in graph.edges(data=True)
    ]
    return "\n".join(printable(row) for row in rows) if rows else "(no beliefs)"


def as_json(graph: nx.MultiDiGraph[str]) -> dict[str, Any]:
    """Networkx's node-link form, with the viewpoint beside it."""
    data: dict[str, Any] = nx.node_link_data(graph, edges="edges")
    return data


def as_dot(graph: nx.MultiDiGraph[str]) -> str:
    """A digraph for Graphviz; dashed where the value is not settled."""
    title = ">".join(graph.graph["viewpoint"]) or "reality"
    rows = [f"digraph {_quoted(title)} {{", "  rankdir=LR;", f"  label={_quoted(title)};"]
    rows += [f"  {_quoted(node)};" for node in graph.nodes]
    for subject, value, edge in graph.edges(data=True):
        style = "solid" if edge["status"] == "known" else "dashed"
        label = _quoted(f"{edge['relation']} ({_source(edge)})")
        rows.append(f"  {_quoted(subject)} -> {_quoted(value)} [label={label}, style={style}];")
    return "\n".join([*rows, "}"])


def _quoted(text: str) -> str:
    return json.dumps(printable(text), ensure_ascii=False)


def _status(edge: dict[str, Any]) -> str:
    return "" if edge["status"] == "known" else f" [{edge['status']}]"


def _source(edge: dict[str, Any]) -> str:
    by = f" by {edge['by']}" if edge["by"] else ""
    by += "".join(f", who was told by {name}" for name in edge["via"][1:])
    when = "" if edge["source"] == "from the start" else f", beat {edge['beat']}"
    return f"{edge['source']}{by}{when}"
