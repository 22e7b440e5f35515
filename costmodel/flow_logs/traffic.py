"""What flow logs show: flows in bytes, over the time they cover, and what that is in a month."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.units import HOURS_PER_MONTH, convert_bytes_to_gb
from costmodel.flow_logs.billed import (
    NAT_GATEWAY,
    REGIONAL,
    SOME_SERVICE,
    TRANSIT_GATEWAY,
    Client,
    Key,
    Sum,
    total_sums,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from costmodel.flow_logs.interfaces import Interface

HIGH, MEDIUM, LOW = "high", "medium", "low"
_HOUR = 3600
_LONGEST = 600  # seconds of the longest aggregation interval
_DAY = 24
_WEEKS = 14 * _DAY
_FEW = 2
_QUARTER = 1 / 4
_ERRORS = 2  # standard errors that two of three times out of hundred lie beyond


@dataclass(frozen=True)
class Period:
    """The time that logs cover.

    Attributes:
        start, end: the first and the last second, since 1970; None where the logs do not contain them.
        covered: hours in which something was recorded, or that nothing was to record.
        bytes: bytes by covered hour, in order of time.
    """

    start: int | None = None
    end: int | None = None
    covered: float = 0.0
    bytes: Any = field(default_factory=lambda: np.zeros(0))
    hours: Any = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def from_records(cls, start: Any = (), end: Any = (), number: Any = ()) -> Period:
        """Return the period that records cover; a pause no longer than the longest record is a quiet time in it.

        Args:
            start, end: the seconds in which records begin and end.
            number: their bytes.
        """
        if not len(start):
            return cls()
        order = np.argsort(start, kind="stable")
        start, end, number = start[order], end[order], np.asarray(number, dtype=np.float64)[order]
        reach = np.maximum.accumulate(end)
        gap = np.r_[True, start[1:] > reach[:-1] + _LONGEST]
        starts, ends = start[gap], np.r_[reach[:-1][gap[1:]], reach[-1]]
        covered = float(np.maximum(ends - starts, 1).sum()) / _HOUR
        hours, inverse = np.unique(start // _HOUR, return_inverse=True)
        sums = np.bincount(inverse, weights=number)
        return cls(int(start[0]), int(reach[-1]), covered, sums, hours)

    @property
    def span(self) -> float:
        """Hours from the first second to the last."""
        return ((self.end or 0) - (self.start or 0)) / _HOUR

    @property
    def error(self) -> float | None:
        """How far the mean may be off, as a part of it: two standard errors over days, or over hours of a short time.

        None where less than two of them are covered.
        """
        parts = self.bytes
        if self.covered >= _FEW * _DAY:
            _, inverse = np.unique(self.hours // _DAY, return_inverse=True)
            parts = np.bincount(inverse, weights=self.bytes) / np.bincount(inverse)
        if len(parts) < _FEW or not parts.mean():
            return None
        return float(_ERRORS * parts.std(ddof=1) / np.sqrt(len(parts)) / parts.mean())

    @property
    def confidence(self) -> str:
        """How much a month can be told from it: high of two weeks that agree, medium of a day, else low."""
        error = self.error
        if self.covered >= _WEEKS and error is not None and error <= _QUARTER:
            return HIGH
        return MEDIUM if self.covered >= _DAY else LOW


class Excluded(NamedTuple):
    """What was read and is not billed, or not here: why, rows, and bytes (None: not in the log)."""

    reason: str
    rows: int
    bytes: int | None


@dataclass
class Traffic:
    """What flow logs show.

    Attributes:
        files: what was read.
        format: VPC or Transit Gateway Flow Logs, or both.
        period: the time covered.
        rows_read, bytes_read: of all rows.
        excluded: what is not billed, or elsewhere, by reason.
        sums: flow → its sums, in bytes of the time covered.
        talkers: client → sums.
        interfaces: who recorded.
        regions: VPC → its Region, where it is known.
        accounts: VPC → its account, where it is known.
        ip_ranges: the date of the address ranges used.
        sized: whether the logs have bytes; if not, "bytes" are rows, and no GB are known.
        by: value of a field that was asked for → rows and bytes.
        others: fields of the logs that are not read.
        gb: the assumption ``gb``.
        hours: the billing month's hours.
        lost: rows that could not be read.
        notes: what is worth saying.
    """

    files: list[str]
    format: str
    period: Period
    rows_read: int
    bytes_read: int
    excluded: list[Excluded]
    sums: dict[Key, Sum]
    talkers: dict[Client, Sum]
    interfaces: list[Interface]
    regions: dict[str, str]
    accounts: dict[str, str]
    ip_ranges: str
    sized: bool = True
    by: dict[str, tuple[int, int]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    gb: str = "binary"
    hours: float = HOURS_PER_MONTH
    sampled: float | None = None
    lost: Sequence[Any] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def counted(self) -> Sum:
        """All that is counted."""
        return total_sums(self.sums.values())

    @property
    def covered(self) -> float | None:
        """Hours that the logs cover: as said, else as they say themselves; None where nobody says it."""
        return self.sampled if self.sampled is not None else self.period.covered or None

    @property
    def scale(self) -> float | None:
        """How many times what was counted a month has; None where that cannot be told."""
        covered = self.covered
        return None if covered is None or not self.sized else self.hours / covered

    def scale_to_month(self, number: float) -> float | None:
        """Return bytes of the time covered as GB of a month; None where that cannot be told."""
        scale = self.scale
        return None if scale is None else float(convert_bytes_to_gb(number, self.gb)) * scale

    def to_gigabytes(self, number: float) -> float | None:
        """Return bytes as GB, of the time covered; None where the logs have no bytes."""
        return float(convert_bytes_to_gb(number, self.gb)) if self.sized else None

    @property
    def reached(self) -> dict[Key, Sum]:
        """Flows, each once: without what a Transit Gateway takes to a NAT gateway that counts it too.

        Both are billed, so :attr:`sums` has both.
        """
        gated = {(k.vpc, k.service, k.region) for k in self.sums if k.hop in (NAT_GATEWAY, REGIONAL)}
        return {
            k: s for k, s in self.sums.items() if k.hop != TRANSIT_GATEWAY or (k.vpc, k.service, k.region) not in gated
        }

    def bound_service_bytes(self, service: str, *, vpc: str | None = None) -> tuple[Sum, Sum]:
        """Return the least and the most bytes that went to a service.

        The least is what surely did; the most adds what went to some AWS service, which may be that one.

        Args:
            service: as the catalogue names it.
            vpc: one VPC; None is all.
        """
        mine = [(k, s) for k, s in self.reached.items() if vpc is None or k.vpc == vpc]
        least = total_sums(s for k, s in mine if k.service == service)
        most = total_sums(s for k, s in mine if k.service in (service, SOME_SERVICE))
        return least, most

    @property
    def flows(self) -> pd.DataFrame:
        """Flows: vpc, zone, hop, via, service, region, label, certainty, rows, and GB of the time and of a month."""
        import pandas as pd

        rows = []
        for key, sums in self.sums.items():
            row = {**key._asdict(), "rows": round(sums.rows)}
            for name, number in (("sent", sums.sent), ("received", sums.received), ("crossing", sums.crossing)):
                row[f"gb_{name}"] = self.to_gigabytes(number)
                row[f"monthly_gb_{name}"] = self.scale_to_month(number)
            rows.append(row)
        names = [
            *Key._fields,
            "rows",
            *(f"{p}gb_{n}" for n in ("sent", "received", "crossing") for p in ("", "monthly_")),
        ]
        return pd.DataFrame(rows, columns=names)


def format_timestamp(seconds: int | None) -> str | None:
    """Return a second since 1970 as ISO 8601 writes it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
