"""A search for the cheapest plan in a thread of its own: it can be watched, and stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from costmodel.optimizer.answer import solve_and_explain

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.answer import Answer
    from costmodel.pricing.book import PriceBook


class Search:
    """One search, begun when it is made.

    Attributes:
        key: what it is of; another key needs another search.
        answer: what it found, once it is done.
        error: what went wrong, once it is done.
        seconds: how long it has been going on.
        doing: what it is doing.
    """

    def __init__(self, key: tuple[Any, ...], d: Demand, book: PriceBook, *, more: bool) -> None:
        """Begin; ``more`` asks for the costs of fewer changes and of stricter rules, too."""
        self.key = key
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.seconds, self.doing = 0.0, "begins"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run_search, args=(d, book, more), daemon=True)
        self._thread.start()

    def _run_search(self, d: Demand, book: PriceBook, more: bool) -> None:  # noqa: FBT001 - a thread's arguments
        try:
            self.answer = solve_and_explain(
                d, book, progress=self._record_progress, with_frontier=more, with_postures=more
            )
        except Exception as error:  # noqa: BLE001 - it is raised again where it is shown
            self.error = error

    def _record_progress(self, seconds: float, doing: str) -> bool:
        self.seconds, self.doing = seconds, doing
        return self._stop.is_set()

    def stop(self) -> None:
        """Let it end with what it has found."""
        self._stop.set()

    def is_done(self, wait: float = 0.0) -> bool:
        """Return whether it has ended, after waiting so many seconds at most."""
        self._thread.join(wait)
        return not self._thread.is_alive()
