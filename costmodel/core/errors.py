"""Errors that a user can act on: each has the fault, its place, and a remedy as separate parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_LONGEST = 80
_LISTED_CONFLICTS = 5


@dataclass(frozen=True)
class Remedy:
    """What the user can do about an error, in the words of each place that shows it.

    Attributes:
        cli: sentences for the command line and for the Python API, such as "Pass --set region=eu-west-1."
        page: sentences for the dashboard, such as "Choose the Region on the left."; empty if the page needs none.
    """

    cli: str
    page: str = ""

    @classmethod
    def from_text(cls, text: str) -> Remedy:
        """Return a remedy whose words are the same everywhere."""
        return cls(text, text)


class CostmodelError(Exception):
    """Any error that this package raises on purpose.

    ``str(error)`` is the message of the command line. Code that needs less than the whole message reads the parts; no
    code searches the text.

    Attributes:
        what: the fault.
        where: the file, the line and the key of the fault; empty if the fault has no such place.
        remedy: what the user can do; None if ``what`` contains it, or if there is nothing to do.
    """

    def __init__(self, what: str = "", *, where: str = "", remedy: Remedy | str | None = None) -> None:
        """Store the parts; a remedy given as text has the same words everywhere."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = Remedy.from_text(remedy) if isinstance(remedy, str) else remedy

    def __str__(self) -> str:
        """Return the message of the command line: ``where: what remedy``."""
        return self._build_message(self.remedy.cli if self.remedy else "")

    def describe_for_page(self) -> str:
        """Return the message of the dashboard: ``where: what``, and the remedy in the dashboard's words."""
        return self._build_message(self.remedy.page if self.remedy else "")

    def _build_message(self, remedy: str) -> str:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return f"{message} {remedy}" if remedy else message


class InputError(CostmodelError):
    """The input is wrong: the parts name the fault, its place and the remedy."""


class EmptyFileError(InputError):
    """A file is empty."""


class RegionUnsaidError(InputError):
    """A file does not name the Region of its resources; the rest of the file may be correct."""


class UnpricedError(CostmodelError):
    """A quantity has no price. An unknown price is never taken as zero."""


class CurrencyError(CostmodelError):
    """Amounts of different currencies were added."""


class InfeasibleError(CostmodelError):
    """No plan serves a demand.

    Attributes:
        reasons: (rule, VPC, service) of each flow without a path; the service is None if the rule is about a VPC.
        conflict: constraints that contradict each other; the message lists the first of them.
    """

    def __init__(self, message: str, reasons: Sequence[tuple[str, str, str | None]]) -> None:
        """Store the reasons; the optimizer adds the conflict once it has found it."""
        super().__init__(message)
        self.reasons = list(reasons)
        self.conflict: list[Any] = []  # of optimizer.conflict.Item, which the core does not import

    def _build_message(self, remedy: str) -> str:
        message = super()._build_message(remedy)
        if not self.conflict:
            return message
        return f"{message} These cannot all be kept: {format_short_list(self.conflict, _LISTED_CONFLICTS)}."


class StoppedError(CostmodelError):
    """A search was stopped before it found a plan."""


def format_foreign_error(error: BaseException) -> str:
    """Return the first line of another library's error; the lines after it repeat queries or stacks."""
    return str(error).split("\n", maxsplit=1)[0]


def format_suggestion(word: str, known: Iterable[object]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known word (both of two equally close ones), or an empty string."""
    import difflib  # 14 ms that only a misspelt word needs

    words = {str(candidate).lower(): str(candidate) for candidate in known}
    wanted = str(word)[:_LONGEST].lower()
    closest = difflib.get_close_matches(wanted, list(words), n=2, cutoff=0.6)
    if not closest:
        return ""
    ratios = [difflib.SequenceMatcher(None, candidate, wanted).ratio() for candidate in closest]
    best = [words[candidate] for candidate, ratio in zip(closest, ratios, strict=True) if ratio == ratios[0]]
    return f" Did you mean {' or '.join(sorted(map(repr, best)))}?"


def format_input_value(value: object) -> str:
    """Return how a message shows a value of a file: a scalar as written, shortened; of anything else its type."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def format_short_list(names: Sequence[object], most: int = 3) -> str:
    """Return the first ``most`` names as a list, and how many more there are."""
    first = ", ".join(map(str, names[:most]))
    return first if len(names) <= most else f"{first} and {len(names) - most:,} more"
