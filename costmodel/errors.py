"""What can go wrong, said so that a user can act: what, where, why it matters, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CostmodelError(Exception):
    """Any error this package raises on purpose."""


class InputError(CostmodelError):
    """The input is wrong: the message names the place, the cause and the remedy."""


class UnpricedError(CostmodelError):
    """A quantity has no price; it is never taken as zero."""


class CurrencyError(CostmodelError):
    """Amounts of different currencies were added."""


class InfeasibleError(CostmodelError):
    """No path may carry a flow; ``reasons`` lists (rule, VPC, service)."""

    def __init__(self, message: str, reasons: Sequence[tuple[str, str, str | None]]) -> None:
        """Keep the reasons beside the message."""
        super().__init__(message)
        self.reasons = list(reasons)


def nearest(word: str, known: Iterable[object]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known word, or an empty string."""
    import difflib

    close = difflib.get_close_matches(str(word), [str(k) for k in known], n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
