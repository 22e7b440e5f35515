"""How long a search may go on, and who is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class OutOfTime(Exception):  # noqa: N818 - a search that ends early is no error
    """Time is up in a step that has no answer before its end."""


class Clock:
    """When to stop: at a time limit, or when whoever is told says so.

    Args:
        begin: when it began, by ``time.monotonic``.
        limit: seconds it may take; None is any.
        progress: called with the seconds gone and what is being done; True stops.
    """

    def __init__(
        self,
        begin: float | None = None,
        limit: float | None = None,
        progress: Callable[[float, str], bool | None] | None = None,
    ) -> None:
        """Start the clock."""
        self.begin = time.monotonic() if begin is None else begin
        self.until = None if limit is None else self.begin + limit
        self._progress = progress
        self._doing = ""
        self._stopped = [False]  # shared with the clocks made of this one

    def start_step(self, doing: str) -> None:
        """Tell what is being done from now on."""
        self._doing = doing
        self.should_stop()

    def should_stop(self) -> bool:
        """Tell, and return whether to stop."""
        now = time.monotonic()
        if self._progress is not None and not self._stopped[0]:
            self._stopped[0] = bool(self._progress(now - self.begin, self._doing))
        return self._stopped[0] or (self.until is not None and now > self.until)

    def raise_if_stopped(self) -> None:
        """Give up where it is over.

        Raises:
            OutOfTime: it is.
        """
        if self.should_stop():
            raise OutOfTime

    def with_limit(self, seconds: float) -> Clock:
        """Return a clock that stops after so many seconds, and where this one does."""
        most = self.gone + seconds
        limit = most if self.until is None else min(most, self.until - self.begin)
        out = Clock(self.begin, limit, self._progress)
        out._doing, out._stopped = self._doing, self._stopped
        return out

    def split_time(self, parts: int) -> Clock:
        """Return a clock for the next of so many parts that are left to do; itself without a limit."""
        left = self.left
        return self if left is None or parts < 2 else self.with_limit(left / parts)  # noqa: PLR2004 - one has all

    @property
    def gone(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.begin

    @property
    def left(self) -> float | None:
        """Seconds that are left; None without a limit."""
        if self._stopped[0]:
            return 0.0
        return None if self.until is None else max(self.until - time.monotonic(), 0.0)
