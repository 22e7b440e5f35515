"""A block of code that must end in time."""

from __future__ import annotations

import signal
from contextlib import contextmanager

MOST = 60


@contextmanager
def within(seconds):
    """Fail where the block takes longer; an endless loop too."""

    def stop(*_):
        message = f"not done after {seconds} s"
        raise AssertionError(message)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
