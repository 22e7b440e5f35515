"""What can go wrong, said so that a user can act: what, where, why it matters, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_LONGEST = 80


class CostmodelError(Exception):
    """Any error this package raises on purpose."""


class InputError(CostmodelError):
    """The input is wrong: the message names the place, the cause and the remedy."""


class EmptyFileError(InputError):
    """A file holds nothing."""


class RegionUnsaidError(InputError):
    """A file does not say in which Region its resources stand; everything else of it may be right."""


class UnpricedError(CostmodelError):
    """A quantity has no price; it is never taken as zero."""


class CurrencyError(CostmodelError):
    """Amounts of different currencies were added."""


class InfeasibleError(CostmodelError):
    """No plan serves a demand; ``reasons`` lists (rule, VPC, service), ``conflict`` constraints that contradict."""

    def __init__(self, message: str, reasons: Sequence[tuple[str, str, str | None]]) -> None:
        """Keep the reasons beside the message."""
        super().__init__(message)
        self.reasons = list(reasons)
        self.conflict: list[Any] = []


class StoppedError(CostmodelError):
    """A search was stopped before it found anything."""


def format_suggestion(word: str, known: Iterable[object]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known word, or for two as close; an empty string if none is."""
    import difflib

    words = {str(k).lower(): str(k) for k in known}
    meant = str(word)[:_LONGEST].lower()
    close = difflib.get_close_matches(meant, list(words), n=2, cutoff=0.6)
    alike = [difflib.SequenceMatcher(None, w, meant).ratio() for w in close]
    found = sorted(repr(words[w]) for w, ratio in zip(close, alike, strict=True) if ratio == alike[0])
    return f" Did you mean {' or '.join(found)}?" if found else ""


def format_input_value(value: object) -> str:
    """Return how a message shows a value from a file: a scalar as written, cut short; of anything else what it is."""
    if isinstance(value, str) or (value is not None and not isinstance(value, (dict, list, bool))):
        text = repr(value) if isinstance(value, str) else str(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    names = {"dict": "a mapping", "list": "a list", "NoneType": "nothing", "bool": "yes or no"}
    return names[type(value).__name__]


def format_short_list(names: Sequence[object], most: int = 3) -> str:
    """Return names as a list that stays short: the first, and how many more there are."""
    first = ", ".join(map(str, names[:most]))
    return first if len(names) <= most else f"{first} and {len(names) - most:,} more"
