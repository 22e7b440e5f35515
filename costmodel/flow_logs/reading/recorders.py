"""Who recorded: the interfaces of flow logs, what is known of them, and what of their rows AWS did not let pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.flow_logs.interfaces import PRIVATE, Interface
from costmodel.flow_logs.reading import query
from costmodel.pricing.reading.regions import map_zone_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from costmodel.flow_logs.reading.engines import Source
    from costmodel.flow_logs.reading.inventory import Inventory
    from costmodel.flow_logs.reading.owners import Owners

REJECTED, NOTHING = "REJECT: not allowed", "NODATA: nothing to record"
SKIPPED = "SKIPDATA: records were lost"
SHORT, NO_NUMBER = "fewer fields than the header", "without a number of bytes"
AGAIN = "out of a Transit Gateway: the same bytes again"


@dataclass
class Read:
    """Rows and bytes of all that was read, and of what is left out, by reason."""

    rows: int = 0
    bytes: int = 0
    excluded: dict[str, list[float]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)

    def exclude_rows(self, why: str, rows: float, number: float) -> None:
        """Leave something out."""
        one = self.excluded.setdefault(why, [0.0, 0.0])
        one[0] += rows
        one[1] += number


class Recorders:
    """Learns the interfaces of flow logs.

    Args:
        owners: whose addresses are.
        inventory: what is known of interfaces beside the logs.
        region: the Region of logs that do not name it.
        ask: asks a part of the logs.
        sized: whether the logs have bytes.
    """

    def __init__(
        self,
        owners: Owners,
        inventory: Inventory,
        region: str,
        ask: Callable[[Source, Any], pa.Table],
        *,
        sized: bool,
    ) -> None:
        """Know none yet."""
        self.owners, self.inventory, self.region, self._ask, self.sized = owners, inventory, region, ask, sized
        self.read = Read()
        self.all: list[Interface] = []
        self._number: dict[str, int] = {}

    def collect_interfaces(self, source: Source) -> set[str]:
        """Learn the interfaces; count what is not accepted; return the Regions of the part."""
        zones = map_zone_prefixes()
        regions: set[str] = set()
        found = self._ask(source, query.summarize_interfaces(source.rows)).to_pylist()
        for row in sorted(found, key=lambda r: str(r["key"])):  # an engine answers in any order
            number = int(row["bytes"] or 0)
            self.read.rows += row["rows"]
            self.read.bytes += number if self.sized else row["rows"]
            one = self.all[self.assign_interface_number(clean_flow_word(row["key"]) or "-")]
            _describe_interface(one, row)
            one.zone = one.zone or self.inventory.zones.get(one.subnet, "")
            one.region = one.region or zones.get(one.zone.partition("-")[0], "") or source.region or self.region
            one.account = one.account or source.account
            regions |= {one.region} - {""}
            self._exclude_unaccepted(one, row, number)
        return regions

    def _exclude_unaccepted(self, one: Interface, row: Mapping[str, Any], number: int) -> None:
        """Count the rows that carry no accepted bytes, by the reason."""
        rows, status = row["rows"], row.get("log_status") or "OK"
        if status == "NODATA":
            self.read.exclude_rows(NOTHING, rows, number)
        elif status == "SKIPDATA":
            self.read.exclude_rows(SKIPPED, rows, number)
            self.read.skipped.add(one.id)
        elif status != "OK" or row.get("short"):
            self.read.exclude_rows(SHORT, rows, number)
        elif row.get("action") == "REJECT":
            self.read.exclude_rows(REJECTED, rows, number if self.sized else rows)
        elif row["known"] < rows:
            self.read.exclude_rows(NO_NUMBER, rows - row["known"], 0)

    def assign_interface_number(self, key: str) -> int:
        """Return the number of an interface, a new one if it was not known."""
        if key not in self._number:
            self._number[key] = len(self.all)
            known = self.inventory.interfaces.get(key)
            self.all.append(known or Interface(key))
        return self._number[key]

    def find_own_addresses(self, source: Source) -> Any:
        """Return each interface's own address, which is one of every row's, where the log has no directions."""
        import ibis
        import pyarrow as pa

        sampled = self._ask(source, query.sample_addresses(source.rows)).to_pylist()
        if not sampled:
            return None
        pairs = [(r["key"], r["six"], *r["pair"].split(" ", 1)) for r in sampled]
        columns = zip(*pairs, strict=True)
        candidates = pa.table(dict(zip(("key", "six", "one", "two"), map(list, columns), strict=True)))
        counts = self._ask(source, query.count_candidates(source.rows, ibis.memtable(candidates))).to_pylist()
        by = {(r["key"], r["six"]): r for r in counts}
        fits = {(key, six): self._select_own_addresses(key, (one, two), by[key, six]) for key, six, one, two in pairs}
        own = _choose_addresses(fits)
        if not own:
            return None
        return ibis.memtable(
            pa.table({"key": [k for k, _ in own], "six": [s for _, s in own], "own": list(own.values())})
        )

    def _select_own_addresses(self, key: str, pair: tuple[str, str], counts: Mapping[str, Any]) -> list[str]:
        """Return the addresses of a pair that may be an interface's own: those in the inventory, or the private one."""
        fit = [
            address for address, n in zip(pair, (counts["ones"], counts["twos"]), strict=True) if n == counts["rows"]
        ]
        mine = [address for address in fit if address in self.inventory.addresses.get(key, ())]
        inside = [address for address in fit if self.owners.find_owners([address])[0].means == PRIVATE]
        return mine or (inside if len(inside) == 1 else fit)

    def add_own_address(self, number: int, address: str) -> None:
        if address and not is_lone_key(self.all[number].id):
            code = self.owners.assign_address_number(address)
            if code not in self.all[number].own:
                self.all[number].own.append(code)


def is_lone_key(key: str) -> bool:
    """Tell whether rows of this key were recorded without an interface."""
    return not key.startswith("eni-")


def clean_flow_word(value: Any) -> str:
    """Return a word of a log, "" where it has none."""
    return "" if value is None or value == "-" else str(value)


_FIELDS = (
    ("vpc", "vpc_id"),
    ("subnet", "subnet_id"),
    ("zone", "az_id"),
    ("region", "region"),
    ("account", "account_id"),
    ("type", "interface_type"),
)
"""An interface's attribute, and the log's field for it."""


def _describe_interface(one: Interface, row: Mapping[str, Any]) -> None:
    """Set what a log contains of an interface; the log replaces what an inventory says."""
    for attribute, name in _FIELDS:
        value = clean_flow_word(row.get(name))
        if value and value != "unknown" and (not getattr(one, attribute) or not one.observed):
            setattr(one, attribute, value)
    if row.get("instance_id") and (row.get("log_status") or "OK") == "OK":
        one.instance = str(row["instance_id"])
    one.observed = True


def _choose_addresses(fits: Mapping[tuple[str, Any], list[str]]) -> dict[tuple[str, Any], str]:
    """Return one address for each interface: of two that only talk with each other, each gets another one."""
    own = {key: fit[0] for key, fit in fits.items() if len(fit) == 1}
    taken = set(own.values())
    for key, fit in fits.items():
        if len(fit) > 1:
            own[key] = next((address for address in fit if address not in taken), fit[0])
            taken.add(own[key])
    return own
