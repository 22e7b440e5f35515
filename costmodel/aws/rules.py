"""What AWS and the demand rule out: why a path is infeasible, and how many of something AWS allows."""

from __future__ import annotations

from typing import NamedTuple

ABOUT = ("path", "flow", "constraint")
"""What a rule speaks of, least telling first: the path is for another sort of flow; a fact of the flow; a wish."""


class Rule(NamedTuple):
    """Why a path may be out: id, a sentence for people, where it stands, and what it speaks of (``ABOUT``)."""

    id: str
    text: str
    source: str
    url: str
    about: str

    @property
    def constraint(self) -> bool:
        """Whether the demand's constraints say so, and a user can loosen it."""
        return self.about == "constraint"

    @property
    def weight(self) -> int:
        """How much it tells of a flow that several paths refuse."""
        return ABOUT.index(self.about)


class Quota(NamedTuple):
    """How many of something AWS allows, or how many Gbps one carries; what AWS adjusts warns, the rest forbids."""

    id: str
    text: str
    kinds: tuple[str, ...]
    per: str
    limit: float
    adjustable: bool
    source: str
    gbps: bool = False
