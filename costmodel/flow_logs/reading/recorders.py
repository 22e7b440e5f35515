"""Who recorded: the interfaces of flow logs, what is known of them, and what of their rows AWS did not let pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.flow_logs.interfaces import PRIVATE, Interface
from costmodel.flow_logs.reading import query
from costmodel.pricing.reading.regions import map_zone_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from costmodel.flow_logs.reading.engines import Source
    from costmodel.flow_logs.reading.inventory import Inventory
    from costmodel.flow_logs.reading.owners import Owners

REJECTED, NOTHING = "REJECT: not let through", "NODATA: nothing to record"
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
        region: the Region of logs that do not say it.
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
        zones, regions = map_zone_prefixes(), set()
        found = self._ask(source, query.summarize_interfaces(source.rows)).to_pylist()
        for row in sorted(found, key=lambda r: str(r["key"])):  # an engine answers in any order
            rows, known, number = row["rows"], row["known"], int(row["bytes"] or 0)
            self.read.rows += rows
            self.read.bytes += number if self.sized else rows
            one = self.all[self.assign_interface_number(clean_flow_word(row["key"]) or "-")]
            for ours, theirs in (("vpc", "vpc_id"), ("subnet", "subnet_id"), ("zone", "az_id"), ("region", "region"),
                                 ("account", "account_id"), ("type", "interface_type")):  # fmt: skip
                value = clean_flow_word(row.get(theirs))
                if value and value != "unknown" and (not getattr(one, ours) or not one.observed):
                    setattr(one, ours, value)
            status, action = row.get("log_status") or "OK", row.get("action")
            if row.get("instance_id") and status == "OK":
                one.instance = str(row["instance_id"])
            one.observed = True
            one.zone = one.zone or self.inventory.zones.get(one.subnet, "")
            one.region = one.region or zones.get(one.zone.partition("-")[0], "") or source.region or self.region
            one.account = one.account or source.account
            regions |= {one.region} - {""}
            if status == "NODATA":
                self.read.exclude_rows(NOTHING, rows, number)
            elif status == "SKIPDATA":
                self.read.exclude_rows(SKIPPED, rows, number)
                self.read.skipped.add(one.id)
            elif status != "OK" or row.get("short"):
                self.read.exclude_rows(SHORT, rows, number)
            elif action == "REJECT":
                self.read.exclude_rows(REJECTED, rows, number if self.sized else rows)
            elif known < rows:
                self.read.exclude_rows(NO_NUMBER, rows - known, 0)
        return regions

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
        sure, open_ = {}, {}
        for key, six, one, two in pairs:
            told = by[key, six]
            fit = [a for a, n in ((one, told["ones"]), (two, told["twos"])) if n == told["rows"]]
            mine = [a for a in fit if a in self.inventory.addresses.get(key, ())]
            inside = [a for a in fit if self.owners.find_owners([a])[0].means == PRIVATE]
            fit = mine or (inside if len(inside) == 1 else fit)
            if len(fit) == 1:
                sure[key, six] = fit[0]
            elif fit:
                open_[key, six] = fit
        taken = set(sure.values())
        for key, fit in open_.items():  # two that only talk with each other: either may be either
            sure[key] = next((a for a in fit if a not in taken), fit[0])
            taken.add(sure[key])
        if not sure:
            return None
        return ibis.memtable(
            pa.table({"key": [k for k, _ in sure], "six": [s for _, s in sure], "own": list(sure.values())})
        )

    def add_own_address(self, number: int, address: str) -> None:
        if address and not is_lone_key(self.all[number].id):
            code = self.owners.assign_address_number(address)
            if code not in self.all[number].own:
                self.all[number].own.append(code)


def is_lone_key(key: str) -> bool:
    """Tell whether rows of this key were recorded without an interface."""
    return not key.startswith("eni-")


def clean_flow_word(value: Any) -> str:
    """Return a word of a log, "" where it says none."""
    return "" if value is None or value == "-" else str(value)
