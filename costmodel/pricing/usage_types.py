"""The meter of a row of a bill, by its usage type and operation, or by its description where it has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NETWORK, OTHER, EXCLUDED = "network", "other", "excluded"

USAGE = frozenset({"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"})
"""Line-item types of a Cost and Usage Report that have a quantity; FOCUS has Usage too."""

DISCOUNTS = frozenset({"EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "SppDiscount", "Discount"})
"""Line-item types of discounts on usage, which have no quantity of their own."""

EXCLUDES = {
    "Tax": "tax",
    "Credit": "credit",
    "Refund": "refund",
    "Adjustment": "adjustment",
}
"""Line-item types, and FOCUS's charge categories, that are not charges of usage → the reason to exclude them."""

_TOKEN = re.compile(r"\b([A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9.:]+)+)")
_UNNAMED = "per gb for  in "  # AWS writes the usage type between the two blanks, sometimes nothing
_PLACES = re.compile(r"per GB - (?P<here>.+?) data transfer (?P<way>to|from) (?P<there>.+)$")


class Key(NamedTuple):
    """The columns of a row of a bill that classify it; empty where the bill has no value."""

    service: str
    usage_type: str
    operation: str
    line_type: str
    description: str
    region: str
    to_region: str
    provider: str = ""

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS provides what the row charges for; a bill that names no provider is of AWS."""
        return not self.provider or self.provider.lower().startswith(("aws", "amazon"))


class Classification(NamedTuple):
    """What a row of a bill is: network, other or excluded, with the meter and the place of a network row.

    Attributes:
        part: network, other or excluded.
        meter: the id of its meter; "" where none is known.
        location: Region (or zone) whose price applies; "" where neither a column nor the usage type names it.
        counterpart: the other Region of a pair, else "".
        charged: whether AWS charges for it.
        reason: why it is excluded, or what is not known of a network row.
    """

    part: str
    meter: str = ""
    location: str = ""
    counterpart: str = ""
    charged: bool = True
    reason: str = ""


class UsageType(NamedTuple):
    """A row of the table of usage types, without a Region's prefix."""

    usage_type: str
    operation: str
    service_code: str
    prefix: str
    meter: str
    charged: bool


class Description(NamedTuple):
    """A row of the table of descriptions: ``contains`` are the words that must all occur, in small letters."""

    contains: tuple[str, ...]
    meter: str
    charged: bool


class Classifier:
    """Classifies rows of bills.

    Args:
        usage_types: the table of usage types.
        descriptions: the table of descriptions, of which the first match counts.
        services: service → whether all of it is network, for services whose usage types do not matter.
        prefixes: prefix of usage types → location.
        names: location name, as AWS ever wrote it → location.
        home: the location of usage types without a prefix.
        areas: Region → the area of the prices of the Direct Connect locations that its prefix names.
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
        self._known: dict[Key, Classification] = {}

    @property
    def endings(self) -> set[str]:
        """The parts, after the last hyphen, of all usage types that may be network."""
        return {name.rsplit("-", 1)[-1] for name in self._types}

    @property
    def whole_services(self) -> list[str]:
        """The services of which every row is network."""
        return [s for s, network in self._services.items() if network]

    def classify(self, key: Key) -> Classification:
        """Return what a row is."""
        if key not in self._known:
            self._known[key] = self._classify(key)
        return self._known[key]

    def _classify(self, key: Key) -> Classification:
        if not key.is_of_aws:
            return Classification(EXCLUDED, reason=f"another provider: {key.provider}")
        if key.line_type in EXCLUDES:
            return Classification(EXCLUDED, reason=EXCLUDES[key.line_type])
        if self._services.get(key.service) is False:
            return Classification(OTHER)
        found = self._classify_by_usage_type(key) if key.usage_type else self._classify_by_description(key)
        if found is None:
            return self._describe_unknown(key) if self._services.get(key.service) else Classification(OTHER)
        if key.line_type and key.line_type not in USAGE | DISCOUNTS:
            return Classification(EXCLUDED, reason=f"no usage: {key.line_type}")
        return found

    def _describe_unknown(self, key: Key) -> Classification:
        what = key.usage_type or key.description or "a row without usage type"
        return Classification(NETWORK, location=key.region, reason=f"there is no known meter for {what}")

    def _split_usage_type(self, usage_type: str) -> tuple[str, str, list[str]] | None:
        """Return prefix, suffix and the parts of the prefix of a usage type; None if its suffix is not known."""
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

    def _classify_by_usage_type(self, key: Key) -> Classification | None:
        rows, parts = self._list_candidates(key.service, key.usage_type)
        if not rows:
            return None
        prefix = "-".join(parts)
        row = next((r for r in rows if r.operation in {"", key.operation}), None)
        if row is None and not key.operation:
            row = self._choose_by_description(rows, key.description) or rows[0]
        if row is None:
            what = f"there is no known meter for {rows[0].usage_type} of operation {key.operation}"
            return Classification(NETWORK, location=key.region, reason=what)
        places = [self._prefixes.get(p, "") for p in parts]
        if row.prefix == "pair":
            return self._classify_pair(row, key, parts, places)
        if prefix and not any(places):
            zone = f"the prefix {prefix} does not belong to a Region: it is a zone's, or unknown, and so are its prices"
            return Classification(NETWORK, row.meter, key.region, reason=zone)
        here = key.region or next(filter(None, places), "") or (self.home if not prefix else "")
        here = self._areas.get(here, here) if row.prefix == "site" else here
        return Classification(NETWORK, row.meter, here, charged=row.charged)

    def _classify_pair(self, row: UsageType, key: Key, parts: list[str], places: list[str]) -> Classification:
        """Read the two Regions of a transfer: SENDER-RECEIVER, or the other Region alone beside the row's own."""
        if len(parts) > len(("sender", "receiver")) or (len(parts) > 1 and not all(places)):
            what = f"{key.usage_type} does not name two known Regions"
            return Classification(NETWORK, location=key.region, reason=what)
        here = places[0] if len(parts) > 1 else key.region or self.home
        there = places[-1] if places else key.to_region
        if not there and parts:
            return Classification(
                NETWORK, location=here, reason=f"the prefix {parts[-1]} does not belong to a known Region"
            )
        return Classification(NETWORK, row.meter, here, key.to_region or there, charged=row.charged)

    def _choose_by_description(self, rows: list[UsageType], description: str) -> UsageType | None:
        """Choose among meters of one usage type by the words of a description."""
        words = description.lower()
        wanted = next((d.meter for d in self._descriptions if d.contains and all(w in words for w in d.contains)), "")
        return next((r for r in rows if r.meter == wanted), None)

    def _classify_by_description(self, key: Key) -> Classification | None:
        if not key.description:
            return None
        # A transfer that names two Regions.
        places = _PLACES.search(key.description)
        if places:
            return self._classify_named_places(key, places)
        # A usage type inside the description.
        tokens = (key._replace(usage_type=token, description="") for token in _TOKEN.findall(key.description))
        by_token = next(filter(None, map(self._classify_by_usage_type, tokens)), None)
        if by_token is not None:
            return by_token
        # Words that the table of descriptions lists.
        words = key.description.lower()
        row = next((r for r in self._descriptions if all(w in words for w in r.contains)), None)
        if row is not None:
            return Classification(NETWORK, row.meter, key.region, charged=row.charged)
        unnamed = Classification(
            NETWORK, location=key.region, reason="a transfer whose description names no usage type"
        )
        return unnamed if _UNNAMED in words else None

    def _classify_named_places(self, key: Key, places: re.Match[str]) -> Classification:
        """Classify a transfer whose description names the Regions at both ends."""
        here = self._names.get(places["here"].strip(), "")
        there = self._names.get(places["there"].strip(), "")
        if not (here and there):
            return Classification(
                NETWORK, location=key.region, reason=f"a place with an unknown name: {key.description}"
            )
        if places["way"] == "to":
            return Classification(NETWORK, "inter_region_out_gb", here, there)
        return Classification(NETWORK, "inter_region_in_gb", here, there, charged=False)
