"""Whose addresses are: by AWS's ranges, by DNS, or private ones that represent themselves; each with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.flow_logs.interfaces import ADDRESS, INTERNET, PRIVATE, SERVICE, Owner
from costmodel.flow_logs.reading.addresses import IpRanges, Range, load_range_labels, resolve_range_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Owners:
    """Numbers the owners of addresses.

    Args:
        ip_ranges: AWS's address ranges.
        named: whose an address is by DNS.
    """

    def __init__(self, ip_ranges: IpRanges, named: Mapping[str, Owner]) -> None:
        """Know none yet."""
        self.ip_ranges, self.named = ip_ranges, named
        self.all: list[Owner] = []
        self._code: dict[Owner, int] = {}
        self._ranges = {-1: Owner(INTERNET)} | {n: make_range_owner(r) for n, r in enumerate(ip_ranges.owners)}

    def assign_owner_number(self, owner: Owner) -> int:
        """Return the number of an owner, a new one if it was not known."""
        if owner not in self._code:
            self._code[owner] = len(self.all)
            self.all.append(owner)
        return self._code[owner]

    def assign_address_number(self, text: str) -> int:
        """Return the number of an address that represents itself."""
        return self.assign_owner_number(Owner(ADDRESS, text=text))

    def find_owners(self, addresses: list[str]) -> list[Owner]:
        """Return whose addresses are."""
        found = [self._ranges[n] for n in self.ip_ranges.find_owner_numbers(addresses).tolist()]
        return [
            self.named.get(a, owner) if owner.means not in (SERVICE, PRIVATE) else owner
            for a, owner in zip(addresses, found, strict=True)
        ]

    def assign_looked_up_numbers(
        self, found: Iterable[tuple[str, str]], regions: set[str], *, labelled: bool
    ) -> dict[str, int]:
        """Return the numbers of the addresses that must be looked up one at a time: none where labels are enough.

        Args:
            found: addresses with their labels.
            regions: the Regions of the log.
            labelled: whether the log has labels.
        """
        known = [(a, label) for a, label in found if a and a != "-"]
        home = next(iter(regions)) if len(regions) == 1 else None
        owners = self.find_owners([a for a, _ in known])
        out = {
            address: self.assign_owner_number(_drop_home_region(owner, home))
            for (address, label), owner in zip(known, owners, strict=True)
            if _needs_lookup(owner, label, home, labelled=labelled)
        }
        named = self.named.items() if labelled else ()
        return out | {a: self.assign_owner_number(_drop_home_region(o, home)) for a, o in named if a not in out}

    def assign_public_numbers(self, addresses: Iterable[str]) -> dict[str, int]:
        """Return numbers of those addresses of interfaces that are no private ones, as of IPv6."""
        own = [a for a in addresses if a and a != "-"]
        whose = self.ip_ranges.find_owner_numbers(own).tolist()
        return {
            a: self.assign_address_number(a)
            for a, n in zip(own, whose, strict=True)
            if n >= 0 and self.ip_ranges.owners[n].label != PRIVATE
        }


def _drop_home_region(owner: Owner, home: str | None) -> Owner:
    """Return an owner without its Region where that is the log's own: then nothing need be said."""
    return owner._replace(region="") if owner.region == home else owner


def make_range_owner(one: Range) -> Owner:
    """Return whose the addresses of a range are."""
    if one.label == PRIVATE:
        return Owner(PRIVATE, PRIVATE)
    told = resolve_range_label(one.label)
    return Owner(told.means, told.service, one.region if told.means == SERVICE else "", one.label)


def list_service_labels() -> set[str]:
    """Return the labels that name a service, whose Region matters."""
    return {n for n, label in load_range_labels().items() if label.means == SERVICE}


def make_code_table(codes: Mapping[str, int]) -> Any:
    """Return numbers by address as an Ibis table, None of none."""
    import ibis
    import pyarrow as pa

    if not codes:
        return None
    return ibis.memtable(pa.table({"address": list(codes), "code": pa.array(list(codes.values()), type=pa.int32())}))


def _needs_lookup(owner: Owner, label: str, home: str | None, *, labelled: bool) -> bool:
    """Tell whether an address needs a number of its own, because the log's label does not identify its owner."""
    if owner.means == PRIVATE:
        return False
    if not labelled:
        return True
    return owner.label == label and owner.region != home and owner.means != INTERNET
