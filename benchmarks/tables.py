"""Tables of figures, for a terminal or for a document."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


def shown(table: Table, markdown: bool) -> None:
    """Print a table."""
    if not markdown:
        Console().print(table)
        return
    print(f"\n{table.title}\n\n| {' | '.join(str(c.header) for c in table.columns)} |")
    print("|" + "---|" * len(table.columns))
    for cells in zip(*(list(column.cells) for column in table.columns), strict=True):
        print(f"| {' | '.join(map(str, cells))} |")
