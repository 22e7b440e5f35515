"""Reading flow logs: of VPCs, every version, and of Transit Gateways; of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from costmodel.flow_logs.traffic import Traffic


def read_flows(  # noqa: PLR0913 - each is a fact that logs may lack
    *paths: str | Path,
    engine: str = "duckdb",
    table: str | None = None,
    connection: Any = None,
    log_format: str | None = None,
    ip_ranges: str | Path | None = None,
    dns: Sequence[str | Path] = (),
    inventory: Sequence[str | Path] = (),
    region: str | None = None,
    hours: float | None = None,
    by: str = "",
    gb: str = "binary",
    progress: Callable[[float, str], None] | None = None,
) -> Traffic:
    """Read what flow logs show of traffic: each byte that AWS bills, once.

    Args:
        paths: files, folders and globs of VPC Flow Logs of every version, or Transit Gateway Flow Logs: text (gzip or
            not), parquet, or what CloudWatch Logs sends (JSON).
        engine: ``duckdb`` reads files in this process; ``spark`` files or a table, ``athena`` a table, there where they
            are.
        table: a table of the engine's catalogue (``database.table``) instead of files.
        connection: of Spark a SparkSession, of Athena an Ibis connection; None makes one from the environment.
        log_format: the fields of lines without a header, as ``aws ec2 describe-flow-logs`` shows them.
        ip_ranges: AWS's ip-ranges.json, in place of the one that ships with the package.
        dns: DNS query logs of Route 53 Resolver: they name the services that addresses do not tell.
        inventory: what ``aws ec2 describe-network-interfaces`` and others print: they say whose interfaces are.
        region: the Region of logs that do not name it.
        hours: the hours that the logs cover, where it is not what they say (a part of all records, say).
        by: a field of the logs to sum accepted bytes by, of any version.
        gb: the assumption ``gb``: binary or decimal.
        progress: called with the part done (0 to 1) of what it names, while DuckDB reads.

    Raises:
        InputError: nothing can be read, or what was given is no flow log; the message says why.
    """
    from costmodel.flow_logs.reading.addresses import load_ip_ranges
    from costmodel.flow_logs.reading.assemble import Asked
    from costmodel.flow_logs.reading.dns import read_dns
    from costmodel.flow_logs.reading.engines import FlowDataset
    from costmodel.flow_logs.reading.inventory import read_inventory
    from costmodel.flow_logs.reading.notes import list_flow_notes
    from costmodel.flow_logs.reading.owners import Owners
    from costmodel.pricing.reading.regions import load_location_types
    from costmodel.tabular.engines import check_engine

    check_engine(engine, files=bool(paths), table=table, what="flow logs")
    places = load_location_types()
    if region is not None and region not in places:
        message = f"Unknown Region {region!r}.{format_suggestion(region, places)}"
        raise InputError(message)
    if hours is not None and not 0 < hours < float("inf"):
        message = f"The hours that the logs cover must be more than 0, not {hours:g}."
        raise InputError(message)
    ranges = load_ip_ranges(None if ip_ranges is None else str(ip_ranges))
    named = read_dns(dns, [n for n, t in places.items() if t == "region"]) if dns else {}
    known = read_inventory(inventory)
    dataset = FlowDataset(paths, log_format=log_format, keep=by)
    with dataset.open_sources(engine, table=table, connection=connection, progress=progress) as found:
        sized = all(s.layout.has_field("bytes") for s in found.sources)
        asked = Asked(Owners(ranges, named), known, region or "", found.run, sized=sized)
        for source in found.sources:
            asked.query_flow_source(source)
    kinds = dict.fromkeys(s.layout.kind for s in found.sources)
    others = dict.fromkeys(n for s in found.sources for n in s.layout.others)
    traffic = asked.build_traffic(
        files=found.names, format=" and ".join(kinds), lost=found.lost, gb=gb, sampled=hours, others=tuple(others)
    )
    traffic.notes = [
        *found.notes,
        *list_flow_notes(traffic, found.sources, skipped=asked.recorders.read.skipped, named=bool(named)),
    ]
    return traffic
