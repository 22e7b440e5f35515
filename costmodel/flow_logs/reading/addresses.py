"""Whose address it is: AWS's published ranges, flattened once, asked for many addresses at a time."""

from __future__ import annotations

import csv
import gzip
import ipaddress
import json
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.errors import InputError
from costmodel.flow_logs.interfaces import INTERNET, PRIVATE, SOME
from costmodel.tabular.data_files import locate_package_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOUR = 4  # bytes of an IPv4 address
_HOME = (
    ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
    ("fc00::/7", "fe80::/10"),
)
"""Addresses that no one has on the internet: RFC 1918, 6598, 3927, 4193, 4291."""


class Label(NamedTuple):
    """What AWS calls a range: what it means (service, some AWS service, internet), and which service it is."""

    name: str
    means: str
    service: str
    rank: int


class Range(NamedTuple):
    """Whose an address is: the label of its range, "" on the open internet, and the Region AWS gives for it."""

    label: str
    region: str


@dataclass(frozen=True)
class _Lines:
    """Disjoint ranges: where each begins, and the number of whose it is; the next one's beginning is its end."""

    starts: Any
    codes: Any

    def find_codes(self, values: Any) -> Any:
        return self.codes[np.searchsorted(self.starts, values, side="right") - 1]


@dataclass(frozen=True)
class IpRanges:
    """AWS's address ranges at one date, IPv4 and IPv6.

    Attributes:
        date: when AWS published them.
        owners: number → whose; 0 is the open internet.
    """

    date: str
    owners: list[Range]
    four: _Lines
    six: _Lines

    def find_owner_numbers(self, addresses: Sequence[str]) -> Any:
        """Return the number of each address's owner; -1 of what is no address."""
        out = np.full(len(addresses), -1, dtype=np.int64)
        families = ((self.four, socket.AF_INET, ">u4"), (self.six, socket.AF_INET6, "S16"))
        for lines, family, dtype in families:
            at = [i for i, a in enumerate(addresses) if (":" in a) == (family == socket.AF_INET6)]
            packed, known = _pack_addresses([addresses[i] for i in at], family)
            if at:
                found = lines.find_codes(np.frombuffer(packed, dtype=dtype))
                out[at] = np.where(known, found, -1)
        return out


def _pack_addresses(addresses: list[str], family: int) -> tuple[bytes, Any]:
    """Return addresses as bytes one after the other, and which of them are addresses at all."""
    try:
        return b"".join([socket.inet_pton(family, a) for a in addresses]), np.ones(len(addresses), dtype=bool)
    except OSError:
        pass
    known, out = np.ones(len(addresses), dtype=bool), []
    for i, a in enumerate(addresses):
        try:
            out.append(socket.inet_pton(family, a))
        except OSError:
            known[i] = False
            out.append(bytes(_FOUR if family == socket.AF_INET else 16))
    return b"".join(out), known


@cache
def load_range_labels() -> Mapping[str, Label]:
    """Return what each label of AWS's ranges means; the first of several that fit an address counts."""
    with (locate_package_folder("data") / "catalogue" / "ip_range_labels.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return {r["label"]: Label(r["label"], r["means"], r["service"], n) for n, r in enumerate(csv.DictReader(file))}


def resolve_range_label(label: str) -> Label:
    """Return what a label means; of one that AWS made since, some AWS service."""
    return load_range_labels().get(label) or Label(label, SOME if label else INTERNET, "", 0)


@cache
def load_ip_ranges(path: str | None = None) -> IpRanges:
    """Read AWS's ip-ranges.json: a file of one's own, or the one that ships with the package.

    Raises:
        InputError: it is not as AWS publishes it.
    """
    where = Path(path) if path else locate_package_folder("data") / "catalogue" / "ip-ranges.json.gz"
    try:
        raw = where.read_bytes()
        told = json.loads(gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw)
        four = [(p["ip_prefix"], p["service"], p["region"]) for p in told["prefixes"]]
        six = [(p["ipv6_prefix"], p["service"], p["region"]) for p in told["ipv6_prefixes"]]
        date = str(told["createDate"])[: len("2026-01-01")]
        owners: dict[Range, int] = {Range("", ""): 0}
        lines = [
            _build_disjoint_ranges(p, home, owners, size)
            for p, home, size in ((four, _HOME[0], _FOUR), (six, _HOME[1], 16))
        ]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        message = (
            f"{where} is not AWS's list of address ranges ({type(error).__name__}: {error}). "
            "It is at https://ip-ranges.amazonaws.com/ip-ranges.json."
        )
        raise InputError(message) from None
    return IpRanges(date, list(owners), *lines)


def _build_disjoint_ranges(
    prefixes: list[tuple[str, str, str]], home: tuple[str, ...], owners: dict[Range, int], size: int
) -> _Lines:
    """Cut prefixes, nested or apart, into disjoint ranges, each with the most specific owner."""
    nets = [(ipaddress.ip_network(text), Range(service, region)) for text, service, region in prefixes]
    nets += [(ipaddress.ip_network(text), Range(PRIVATE, "")) for text in home]
    spans = sorted(
        ((int(n.network_address), -int(n.broadcast_address), who) for n, who in nets), key=lambda s: (s[0], s[1])
    )
    cutter = _RangeCutter(owners)
    for start, end, who in spans:
        cutter.close_ranges(start)
        cutter.open_range(start, -end, who)
    cutter.close_ranges(1 << (8 * size + 1))
    last = (1 << (8 * size)) - 1
    out = [o for o in cutter.starts if o[0] <= last]
    starts = b"".join(at.to_bytes(size, "big") for at, _ in out)
    return _Lines(
        np.frombuffer(starts, dtype=">u4" if size == _FOUR else "S16"),
        np.array([code for _, code in out], dtype=np.int64),
    )


class _RangeCutter:
    """Cuts nested ranges, given by their start, into disjoint ones.

    Attributes:
        starts: the first address of each disjoint range, and the number of its owner; 0 is nobody.
    """

    def __init__(self, owners: dict[Range, int]) -> None:
        self.starts: list[tuple[int, int]] = [(0, 0)]
        self._owners = owners
        self._labels = load_range_labels()
        self._inside: list[tuple[int, Range]] = []

    def open_range(self, start: int, end: int, who: Range) -> None:
        """Begin a range inside the ones that are open."""
        self._inside.append((end, who))
        self._mark_start(start)

    def close_ranges(self, start: int) -> None:
        """End the open ranges that end before an address."""
        while self._inside and self._inside[-1][0] < start:
            _close_range(self._inside, self._mark_start)

    def _mark_start(self, at: int) -> None:
        """From an address on, the open range with the most specific label counts."""
        best = min(reversed(self._inside), key=self._get_rank, default=None)
        code = 0 if best is None else self._owners.setdefault(best[1], len(self._owners))
        if self.starts[-1][0] == at:
            self.starts[-1] = (at, code)
        else:
            self.starts.append((at, code))

    def _get_rank(self, span: tuple[int, Range]) -> int:
        label = self._labels.get(span[1].label)
        return -1 if label is None else label.rank


def _close_range(inside: list[tuple[int, Range]], told: Any) -> None:
    """End the innermost open range."""
    end, _ = inside.pop()
    told(end + 1)
