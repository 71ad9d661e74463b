"""Throws damaged files at every importer, and tells what came of it.

    python benchmarks/fuzz_importers.py [--inputs 4000] [--seed 1] [FORMAT...]

Each input is a folder with small files of a format of which at least one went through one to four accidents: cut off,
bytes lost or doubled, words and JSON values exchanged, another encoding, packed and torn (`tests/damaged.py`). An input
is read and audited. It may be refused with a message, or come in with what it has listed; anything else is a crash and
is printed with the seed that makes it again. Exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from damaged import write_damaged  # noqa: E402

from stage.audits.audit import audit  # noqa: E402
from stage.errors import UsageError  # noqa: E402
from stage.importers import IMPORTERS  # noqa: E402


def outcome(form: str, seed: str, counts: Counter[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_damaged(folder, form, Random(seed))
        try:
            imported = IMPORTERS[form](folder)
            found = audit(form, folder) if imported.items else None
        except UsageError:
            counts["refused"] += 1
            return
        counts["items"] += imported.items
        counts["not understood"] += len(imported.not_understood)
        if imported.items != imported.questions + len(imported.unparsed):
            raise AssertionError("an item was dropped")
        counts["read"] += 1
        counts["flaws found"] += len(found.disagreements) if found is not None else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", default=sorted(IMPORTERS), metavar="FORMAT")
    parser.add_argument("--inputs", type=int, default=4000, help="how many for each format")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    crashes = 0
    for form in chosen.formats:
        counts: Counter[str] = Counter()
        began, slowest = time.perf_counter(), (0.0, "")
        for number in range(chosen.inputs):
            seed, since = f"{chosen.seed}/{form}/{number}", time.process_time()
            try:
                outcome(form, seed, counts)
            except Exception:  # noqa: BLE001  whatever is not a refusal is what is looked for
                crashes += 1
                print(f"CRASH {seed}\n{traceback.format_exc()}")
            slowest = max(slowest, (time.process_time() - since, seed))
        took = time.perf_counter() - began
        told = ", ".join(f"{counts[k]} {k}" for k in ("read", "refused", "items", "not understood", "flaws found"))
        print(
            f"{form}: {chosen.inputs} inputs in {took:.0f} s, slowest {slowest[0]:.2f} s of processor time ({slowest[1]}): {told}"
        )
    print(f"{crashes} crashes")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
