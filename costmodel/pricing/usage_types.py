"""From what a bill calls a row to our meter: by usage type and operation, or by description where there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NETWORK, OTHER, EXCLUDED = "network", "other", "excluded"

USAGE = frozenset({"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"})
"""Line-item types of a Cost and Usage Report that carry a quantity; FOCUS says Usage too."""

DISCOUNTS = frozenset({"EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "SppDiscount", "Discount"})
"""Line-item types that take something off usage, and carry no quantity of their own."""

EXCLUDES = {
    "Tax": "tax",
    "Credit": "credit",
    "Refund": "refund",
    "Adjustment": "adjustment",
}
"""Line-item types, and FOCUS's charge categories, that are no price of anything used."""

_TOKEN = re.compile(r"\b([A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9.:]+)+)")
_UNNAMED = "per gb for  in "  # AWS writes the usage type between the two blanks, sometimes nothing
_PLACES = re.compile(r"per GB - (?P<here>.+?) data transfer (?P<way>to|from) (?P<there>.+)$")


class Key(NamedTuple):
    """What a bill says a row is of; empty where it does not say."""

    service: str
    usage_type: str
    operation: str
    line_type: str
    description: str
    region: str
    to_region: str


class Told(NamedTuple):
    """What a row is: network, other or excluded; of network the meter and whose price applies.

    Attributes:
        part: network, other or excluded.
        meter: the price table's name for it; "" where none is known.
        location: Region (or zone) whose price applies; "" where neither column nor usage type says it.
        counterpart: the other Region of a pair, else "".
        charged: whether AWS charges for it at all.
        reason: why it is excluded, or what a network row without meter is.
    """

    part: str
    meter: str = ""
    location: str = ""
    counterpart: str = ""
    charged: bool = True
    reason: str = ""


class UsageType(NamedTuple):
    """A row of the table of usage types, its Region's prefix taken off."""

    usage_type: str
    operation: str
    service_code: str
    prefix: str
    meter: str
    charged: bool


class Description(NamedTuple):
    """A row of the table of descriptions: the words that must all occur, in small letters."""

    contains: tuple[str, ...]
    meter: str
    charged: bool


class Classifier:
    """Says what rows of a bill are.

    Args:
        usage_types: the table of usage types.
        descriptions: the table of descriptions, the first that fits holds.
        services: service → whether all of it is network, for those that are one or the other whatever the usage type.
        prefixes: prefix of usage types → location.
        names: location name, as AWS ever wrote it → location.
        home: the location of usage types that carry no prefix.
        areas: Region → the area whose prices hold at Direct Connect locations that its prefix names.
    """

    def __init__(
        self,
        usage_types: Iterable[UsageType],
        descriptions: Iterable[Description],
        services: Mapping[str, bool],
        prefixes: Mapping[str, str],
        names: Mapping[str, str],
        home: str,
        areas: Mapping[str, str],
    ) -> None:
        """Index the tables."""
        self._types: dict[str, list[UsageType]] = {}
        for row in usage_types:
            self._types.setdefault(row.usage_type, []).append(row)
        self._descriptions = list(descriptions)
        self._services = dict(services)
        self._prefixes = dict(prefixes)
        self._names = dict(names)
        self.home = home
        self._areas = dict(areas)
        self._known: dict[Key, Told] = {}

    @property
    def endings(self) -> set[str]:
        """The ends of all usage types that may be network, behind their last hyphen."""
        return {name.rsplit("-", 1)[-1] for name in self._types}

    @property
    def whole_services(self) -> list[str]:
        """Services all of whose rows are network."""
        return [s for s, network in self._services.items() if network]

    def classify(self, key: Key) -> Told:
        """Say what a row is."""
        if key not in self._known:
            self._known[key] = self._classify(key)
        return self._known[key]

    def _classify(self, key: Key) -> Told:
        if key.line_type in EXCLUDES:
            return Told(EXCLUDED, reason=EXCLUDES[key.line_type])
        if self._services.get(key.service) is False:
            return Told(OTHER)
        found = self._classify_by_usage_type(key) if key.usage_type else self._classify_by_description(key)
        if found is None:
            return self._describe_unknown(key) if self._services.get(key.service) else Told(OTHER)
        if key.line_type and key.line_type not in USAGE | DISCOUNTS:
            return Told(EXCLUDED, reason=f"no usage: {key.line_type}")
        return found

    def _describe_unknown(self, key: Key) -> Told:
        what = key.usage_type or key.description or "a row without usage type"
        return Told(NETWORK, location=key.region, reason=f"no meter is known for {what}")

    def _split_usage_type(self, usage_type: str) -> tuple[str, str, list[str]] | None:
        """Cut a usage type into prefix, suffix and the Regions the prefix names; None if its suffix is unknown."""
        if usage_type in self._types:
            return "", usage_type, []
        parts = usage_type.split("-")
        for cut in range(1, len(parts)):
            suffix = "-".join(parts[cut:])
            if suffix in self._types:
                return "-".join(parts[:cut]), suffix, parts[:cut]
        return None

    def find_usage_type(self, service: str, usage_type: str, operation: str) -> tuple[UsageType | None, list[str]]:
        """Return the table's row of a usage type, and the parts of its prefix as locations ("" where unknown).

        None where the table has no such usage type, or none of that operation.
        """
        rows, parts = self._list_candidates(service, usage_type)
        row = next((r for r in rows if r.operation in {"", operation}), None)
        return row, [self._prefixes.get(p, "") for p in parts]

    def _list_candidates(self, service: str, usage_type: str) -> tuple[list[UsageType], list[str]]:
        cut = self._split_usage_type(usage_type)
        if cut is None:
            return [], []
        prefix, suffix, parts = cut
        fits = {"yes": bool(prefix), "no": not prefix}
        rows = self._types[suffix]
        return [r for r in rows if r.service_code in {"", service} and fits.get(r.prefix, True)], parts

    def _classify_by_usage_type(self, key: Key) -> Told | None:
        rows, parts = self._list_candidates(key.service, key.usage_type)
        if not rows:
            return None
        prefix = "-".join(parts)
        row = next((r for r in rows if r.operation in {"", key.operation}), None)
        if row is None and not key.operation:
            row = self._choose_by_description(rows, key.description) or rows[0]
        if row is None:
            what = f"no meter is known for {rows[0].usage_type} of operation {key.operation}"
            return Told(NETWORK, location=key.region, reason=what)
        places = [self._prefixes.get(p, "") for p in parts]
        if row.prefix == "pair":
            return self._classify_pair(row, key, parts, places)
        if prefix and not any(places):
            zone = f"the prefix {prefix} is no Region's: of a zone, or unknown, and so are its prices"
            return Told(NETWORK, row.meter, key.region, reason=zone)
        here = key.region or next(filter(None, places), "") or (self.home if not prefix else "")
        here = self._areas.get(here, here) if row.prefix == "site" else here
        return Told(NETWORK, row.meter, here, charged=row.charged)

    def _classify_pair(self, row: UsageType, key: Key, parts: list[str], places: list[str]) -> Told:
        """Read the two Regions of a transfer: SENDER-RECEIVER, or the other Region alone beside the row's own."""
        if len(parts) > len(("sender", "receiver")) or (len(parts) > 1 and not all(places)):
            what = f"{key.usage_type} does not name two Regions that are known"
            return Told(NETWORK, location=key.region, reason=what)
        here = places[0] if len(parts) > 1 else key.region or self.home
        there = places[-1] if places else key.to_region
        if not there and parts:
            return Told(NETWORK, location=here, reason=f"the prefix {parts[-1]} is no Region's that is known")
        return Told(NETWORK, row.meter, here, key.to_region or there, charged=row.charged)

    def _choose_by_description(self, rows: list[UsageType], description: str) -> UsageType | None:
        """Choose among meters of one usage type by the words of a description."""
        words = description.lower()
        wanted = next((d.meter for d in self._descriptions if d.contains and all(w in words for w in d.contains)), "")
        return next((r for r in rows if r.meter == wanted), None)

    def _classify_by_description(self, key: Key) -> Told | None:
        if not key.description:
            return None
        places = _PLACES.search(key.description)
        if places:
            here, there = (self._names.get(places[n].strip(), "") for n in ("here", "there"))
            if not (here and there):
                return Told(NETWORK, location=key.region, reason=f"a place of no known name: {key.description}")
            sends = places["way"] == "to"
            return Told(NETWORK, "inter_region_out_gb" if sends else "inter_region_in_gb", here, there, charged=sends)
        tokens = (key._replace(usage_type=t, description="") for t in _TOKEN.findall(key.description))
        told = next(filter(None, map(self._classify_by_usage_type, tokens)), None)
        if told is not None:
            return told
        words = key.description.lower()
        row = next((r for r in self._descriptions if all(w in words for w in r.contains)), None)
        if row is not None:
            return Told(NETWORK, row.meter, key.region, charged=row.charged)
        unnamed = Told(NETWORK, location=key.region, reason="a transfer whose description names no usage type")
        return unnamed if _UNNAMED in words else None
