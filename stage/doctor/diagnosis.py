"""What was found out about a machine and an installation, and what looks wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong, and what mends it. What is only ``advice`` keeps nothing from working."""

    what: str
    remedy: str
    advice: bool = False


@dataclass
class Diagnosis:
    """Everything found, in sections of names and values."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return all(finding.advice for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        findings = [{"what": f.what, "remedy": f.remedy, "advice": f.advice} for f in self.findings]
        return {"sound": self.sound, "findings": findings, **self.sections}


def at_home(path: Path | str) -> str:
    """A text without the name of the user's home folder."""
    home = str(Path.home())
    return str(path) if home == "/" else str(path).replace(home, "~")


def without_secrets(text: str) -> str:
    """A text without the name and password that an address in it may hold."""
    return re.sub(r"//[^/@\s]*@", "//***@", text)
