"""Asking flow logs, and putting the answers together into what they show of traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.flow_logs.billed import TRANSIT_GATEWAY, Counted, Key, make_flow_key
from costmodel.flow_logs.count import count_billed_flows
from costmodel.flow_logs.interfaces import ADDRESS, PRIVATE, Groups, Interface, Owner
from costmodel.flow_logs.reading import query
from costmodel.flow_logs.reading.addresses import Range
from costmodel.flow_logs.reading.layout import TRANSIT
from costmodel.flow_logs.reading.owners import list_service_labels, make_code_table, make_range_owner
from costmodel.flow_logs.reading.recorders import NO_NUMBER, NOTHING, SHORT, SKIPPED, Recorders, clean_flow_word
from costmodel.flow_logs.traffic import Excluded, Period, Traffic
from costmodel.tabular.dataset import decode_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from costmodel.core.arrays import IntArray
    from costmodel.flow_logs.reading.engines import Source
    from costmodel.flow_logs.reading.inventory import Inventory
    from costmodel.flow_logs.reading.owners import Owners

AGAIN = "out of a Transit Gateway: the same bytes again"


class Asked:
    """Asks the parts of flow logs, one question after the other.

    Args:
        owners: whose addresses are.
        inventory: what is known of interfaces beside the logs.
        region: the Region of logs that do not name it.
        run: runs a query.
        sized: whether all parts have bytes; if not, rows are counted in their place.
    """

    def __init__(
        self,
        owners: Owners,
        inventory: Inventory,
        region: str,
        run: Callable[[Callable[[], Any], str], Any],
        *,
        sized: bool,
    ) -> None:
        """Know nothing yet."""
        self.owners, self.region, self.run, self.sized = owners, region, run, sized
        self.recorders = Recorders(owners, inventory, region, self._run_query, sized=sized)
        self._groups: list[Groups] = []
        self._times: list[pa.Table] = []
        self._transit: list[tuple[Source, pa.Table]] = []
        self.by: dict[str, tuple[int, int]] = {}
        self.translated = False

    def _run_query(self, source: Source, question: Any) -> pa.Table:
        found: pa.Table = self.run(question.to_pyarrow, source.name)
        return found

    def query_flow_source(self, source: Source) -> None:
        """Ask a part everything."""
        layout = source.layout
        if layout.has_field("start") and layout.has_field("end"):
            self._times.append(self._run_query(source, query.summarize_times(source.rows)))
        if layout.keep:
            for row in self._run_query(source, query.sum_by_kept_field(source.rows)).to_pylist():
                rows, number = self.by.get(str(row["kept"]), (0, 0))
                self.by[str(row["kept"])] = (rows + row["rows"], number + int(row["bytes"] or 0))
        if layout.kind == TRANSIT:
            self._transit.append((source, self._run_query(source, query.summarize_transit_rows(source.rows))))
            return
        self.translated |= layout.has_field("pkt_srcaddr")
        regions = self.recorders.collect_interfaces(source)
        own = None if layout.has_field("flow_direction") else self.recorders.find_own_addresses(source)
        addresses = self._run_query(source, query.select_addresses(source.rows, list_service_labels()))
        labelled = layout.has_field("pkt_src_aws_service") and layout.has_field("pkt_dst_aws_service")
        pairs = zip(addresses.column("address").to_pylist(), addresses.column("label").to_pylist(), strict=True)
        codes = self.owners.assign_looked_up_numbers(pairs, regions, labelled=labelled)
        found = self._run_query(source, query.group_flow_rows(source.rows, codes=make_code_table(codes), own=own))
        outside = self.owners.assign_public_numbers(_list_own_addresses(found))
        if outside:  # addresses of interfaces that are no private ones, as of IPv6: not the world outside
            codes |= outside
            found = self._run_query(source, query.group_flow_rows(source.rows, codes=make_code_table(codes), own=own))
        self._encode_groups(found)
        hosts = self._find_multi_address_hosts(found)
        if hosts:  # instances that have other addresses beside their own, as of pods: clients too
            for row in self._run_query(source, query.select_secondary_addresses(source.rows, own)).to_pylist():
                if row["key"] in hosts:
                    self.recorders.add_own_address(self.recorders.assign_interface_number(row["key"]), row["address"])

    def _find_multi_address_hosts(self, found: pa.Table) -> set[str]:
        """Return the interfaces of instances whose packets have other private addresses than their own."""
        import pyarrow.compute as pc

        other = found.filter(pc.and_not(found.column("other"), found.column("translated")))
        keys = pc.unique(other.column("key")).to_pylist()
        return {
            k for k in keys if self.recorders.all[self.recorders.assign_interface_number(k)].instance not in ("", "-")
        }

    # ------------------------------------------------------------ rows
    def _encode_groups(self, found: pa.Table) -> None:
        """Turn the strings of grouped rows into numbers."""
        size = len(found)

        def words(name: str) -> tuple[IntArray, list[str]]:
            if name not in found.column_names:
                return np.zeros(size, dtype=np.int64), [""]
            labels, numbers = decode_words(found, name, clean_flow_word)
            return numbers, labels.tolist()

        def flags(name: str) -> Any:
            column = found.column(name).to_pylist()
            return np.array([bool(v) for v in column], dtype=bool)

        codes, keys = words("key")
        interface = np.array([self.recorders.assign_interface_number(k or "-") for k in keys], dtype=np.int64)[codes]
        who_codes, addresses = words("who")
        who = np.array([self.owners.assign_address_number(a) if a else -1 for a in addresses], dtype=np.int64)[
            who_codes
        ]
        label_codes, names = words("label")
        of_label = [make_range_owner(Range(n, "")) for n in names]
        what = np.array([self.owners.assign_owner_number(o) for o in of_label], dtype=np.int64)[label_codes]
        if "code" in found.column_names:
            code = found.column("code").fill_null(-1).to_numpy().astype(np.int64)
            what = np.where(code >= 0, code, what)
        address = np.array([o.means == ADDRESS for o in self.owners.all], dtype=bool)
        inner = (who < 0) & address[what]
        who, what = np.where(inner, what, who), np.where(inner, -1, what)
        translated, out, other = flags("translated"), flags("out"), flags("other")
        translated &= ~inner
        lone = np.array([k.startswith("nat-") for k in keys], dtype=bool)[codes]
        what = np.where((who >= 0) & ~translated & ~lone, -1, what)
        path_codes, paths = words("traffic_path")
        path = np.array([int(p) if p.isdigit() else 0 for p in paths], dtype=np.int64)[path_codes]
        hop_codes, hops = words("next_hop_interface_type")
        rows = found.column("rows").to_numpy().astype(np.float64)
        number = found.column("bytes").fill_null(0).cast("float64").to_numpy() if self.sized else rows
        hop = np.array(hops, dtype=object)[hop_codes]
        self._groups.append(Groups(interface, out, other, translated, who, what, path, hop, rows, number))
        own_codes, owns = words("own")
        for n, a in sorted(set(zip(interface.tolist(), own_codes.tolist(), strict=True))):
            self.recorders.add_own_address(n, owns[a])

    # ------------------------------------------------------------ the whole
    def build_traffic(self, **more: Any) -> Traffic:
        """Return what all parts show together."""
        for key, addresses in self.recorders.inventory.addresses.items():
            number = self.recorders.assign_interface_number(key)
            for address in dict.fromkeys(addresses):
                self.recorders.add_own_address(number, address)
        for one in self.recorders.all:
            one.region = one.region or self.region
        done = Counted()
        if self._groups:
            whole = Groups(*(np.concatenate(parts) for parts in zip(*self._groups, strict=True)))
            done = count_billed_flows(self.recorders.all, self.owners.all, whole, translated=self.translated)
        for source, found in self._transit:
            self._count_transit(done, source, found)
        for why, left in done.excluded.items():
            self.recorders.read.exclude_rows(why, *left)
        columns = ("start", "end", "bytes") if self._times else ()
        period = Period.from_records(
            *(np.concatenate([t.column(n).fill_null(0).to_numpy() for t in self._times]) for n in columns)
        )
        regions = {i.vpc: i.region for i in self.recorders.all if i.region and (i.observed or i.vpc)}
        return Traffic(
            period=period,
            rows_read=self.recorders.read.rows,
            bytes_read=self.recorders.read.bytes,
            excluded=self._list_excluded(),
            sums={k: s for k, s in sorted(done.flows.items()) if round(s.rows) or s.sent or s.received},
            talkers=dict(sorted(done.talkers.items())),
            interfaces=self.recorders.all,
            regions=regions | {k.vpc: self.region for k in done.flows if k.vpc not in regions and self.region},
            accounts={i.vpc: i.account for i in self.recorders.all if i.account},
            ip_ranges=self.owners.ip_ranges.date,
            sized=self.sized,
            by=self.by,
            **more,
        )

    def _list_excluded(self) -> list[Excluded]:
        unknown = (SKIPPED, NO_NUMBER)
        return [
            Excluded(why, round(rows), None if why in unknown or not self.sized else round(number))
            for why, (rows, number) in sorted(self.recorders.read.excluded.items(), key=lambda e: -e[1][1])
            if round(rows) or round(number)  # a part of a row may hold bytes
        ]

    def _count_transit(self, done: Counted, source: Source, found: pa.Table) -> None:
        """Count what entered a Transit Gateway, in its own logs: each byte is billed once, to who sends it in."""
        rows = found.to_pylist()
        entering = any(r.get("flow_direction") == "ingress" for r in rows)
        public = sorted({r[end] for r in rows for end in ("near", "far") if r[end] and r[end] != "-"})
        owners = dict(zip(public, self.owners.find_owners(public), strict=True))
        for r in rows:
            number = int(r["bytes"] or 0) if self.sized else r["rows"]
            if not self._is_transit_record_counted(r, number):
                continue
            if entering and r.get("flow_direction") == "egress":
                done.exclude_rows(AGAIN, r["known"], number)
                continue
            key = _make_transit_key(r, owners)
            done.flows[key].add(r["known"], sent=number)
            self._add_transit_interface(key.via, key.vpc, r, source)

    def _is_transit_record_counted(self, r: Mapping[str, Any], number: int) -> bool:
        """Add a record to what was read, and tell whether it carries bytes; say why where it does not."""
        read = self.recorders.read
        read.rows += r["rows"]
        read.bytes += number
        status = r.get("log_status") or "OK"
        if status != "OK" or r.get("short"):
            read.exclude_rows({"NODATA": NOTHING, "SKIPDATA": SKIPPED}.get(status, SHORT), r["rows"], number)
            return False
        if r["known"] < r["rows"]:
            read.exclude_rows(NO_NUMBER, r["rows"] - r["known"], 0)
        return True

    def _add_transit_interface(self, via: str, vpc: str, r: Mapping[str, Any], source: Source) -> None:
        """Add an interface for a VPC of which no log has one."""
        if all(i.vpc != vpc for i in self.recorders.all):
            where = clean_flow_word(r.get("region")) or source.region or self.region
            account = clean_flow_word(r.get("account_id")) or source.account
            self.recorders.all.append(Interface(via, vpc=vpc, region=where, account=account, type="transit_gateway"))


def _make_transit_key(r: Mapping[str, Any], owners: Mapping[str, Owner]) -> Key:
    """Return the key of a Transit Gateway's record: from a VPC, by the gateway, to what has the far address."""
    vpc, there = clean_flow_word(r.get("tgw_src_vpc_id")), clean_flow_word(r.get("tgw_dst_vpc_id"))
    far = owners.get(r["far"] or "", Owner(PRIVATE, f"vpc:{there}" if there else PRIVATE))
    zone, gateway = clean_flow_word(r.get("tgw_src_az_id")), clean_flow_word(r.get("tgw_id"))
    return make_flow_key(vpc, zone, TRANSIT_GATEWAY, gateway, far)


def _list_own_addresses(found: pa.Table) -> list[str]:
    """Return the own addresses of what recorded with an interface."""
    import pyarrow.compute as pc

    by_interface = found.filter(pc.starts_with(found.column("key"), "eni-"))
    addresses: list[str] = pc.unique(by_interface.column("own")).to_pylist()
    return addresses
