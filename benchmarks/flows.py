"""Flow logs of 20 million lines, against the same answers by hand in DuckDB, as parquet and as gzipped text."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import ibis.backends.duckdb  # noqa: F401 - imports apart
import numpy as np
import pandas as pd  # noqa: F401 - as above
import polars as pl
import pyarrow.parquet  # noqa: F401 - as above

from benchmarks.timing import Result, in_turns, within
from costmodel.flow_logs.reading.addresses import load_ip_ranges
from costmodel.flow_logs.reading.load import read_flows

LINES = 20_000_000
ADDRESSES = 200_000
GIB = 1 << 30

_PEERS = f"""
create table peers as select i, case
    when i % 10 < 4 then '52.216.' || ((i // 256) % 64) || '.' || (i % 256)
    when i % 10 < 5 then '3.218.' || (180 + (i // 250) % 4) || '.' || (i % 250)
    else (3 + hash(i) % 200) || '.' || (hash(i + 1) % 256) || '.' || (hash(i + 2) % 256) || '.' || (hash(i + 3) % 256) end ip,
  case when i % 10 < 4 then 'S3' when i % 10 < 5 then 'DYNAMODB' when i % 10 < 7 then 'AMAZON' when i % 10 < 8 then 'EC2'
    else '-' end svc
from range({ADDRESSES}) t(i)
"""
_ROWS = f"""
select 5 as version, '123456789012' as account_id,
  case when nat then 'eni-0nat00000000000' || z else 'eni-0inst' || lpad(k::varchar, 8, '0') end as interface_id,
  case leg when 0 then host when 1 then natip when 2 then peer else case when nat then natip else peer end end as srcaddr,
  case leg when 0 then case when nat then natip else peer end when 1 then peer when 2 then natip else host end as dstaddr,
  (hash(i * 5) % 100000)::bigint as bytes, 1790000000 + (i // 2000) * 6 as start, 1790000059 + (i // 2000) * 6 as "end",
  case when i % 50 = 0 then 'REJECT' else 'ACCEPT' end as action, 'OK' as log_status, 'vpc-0000000' || v as vpc_id,
  'subnet-000000' || z as subnet_id, case when nat then '-' else 'i-0inst' || lpad(k::varchar, 8, '0') end as instance_id,
  case leg when 0 then host when 1 then natip else peer end as pkt_srcaddr,
  case leg when 0 then peer when 1 then peer when 2 then natip else host end as pkt_dstaddr,
  'us-east-1' as region, 'use1-az' || (1 + z % 3) as az_id,
  case when leg >= 2 then svc else '-' end as pkt_src_aws_service, case when leg < 2 then svc else '-' end as pkt_dst_aws_service,
  case when nat = (leg in (1, 3)) then 'egress' else 'ingress' end as flow_direction,
  case when leg = 0 and not nat then '1' else '-' end as traffic_path
from (select q.i as i, k, v, z, nat, leg, '10.' || v || '.' || (k // 250 % 250) || '.' || (k % 250) as host,
        '10.' || v || '.255.' || z as natip, p.ip as peer, p.svc as svc
      from (select i, (hash(i // 10) % 2000)::int k, (hash(i // 10) % 2000 % 4)::int v,
              (hash(i // 10) % 2000 % 4 * 3 + hash(i // 10) % 3)::int z, (i % 3 < 2) as nat,
              case when i % 3 < 2 then (hash(i * 11) % 4)::int else (hash(i * 11) % 2 * 3)::int end leg,
              (hash(i // 3) % {ADDRESSES} * (hash(i // 3 + 5) % 1000) // 1000)::int pi from range({LINES}) t(i)) q
      join peers p on p.i = q.pi)
"""
_PRIVATE = r"^(10|127|192\.168|169\.254|172\.(1[6-9]|2[0-9]|3[01])|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\."
_INSIDE = "case when {label} = '-' then regexp_matches({end}, '" + _PRIVATE + "') else false end"
_WHERE = "where action <> 'REJECT' and log_status = 'OK' and bytes is not null"
_GROUPS = f"""
select key, out, other, translated, case when {_INSIDE.format(label="far_label", end="far")} then far end as who,
  case when translated then near_label else far_label end as label, traffic_path, count(*) as rows, sum(bytes) as bytes,
  any_value(mine) as own
from (select *, case when other then not {_INSIDE.format(label="near_label", end="near")} else false end as translated from (
  select interface_id as key, bytes, traffic_path, flow_direction = 'egress' as out,
    case when flow_direction = 'egress' then pkt_srcaddr else pkt_dstaddr end as near,
    case when flow_direction = 'egress' then pkt_dstaddr else pkt_srcaddr end as far,
    case when flow_direction = 'egress' then srcaddr else dstaddr end as mine,
    case when flow_direction = 'egress' then pkt_srcaddr <> srcaddr else pkt_dstaddr <> dstaddr end as other,
    case when flow_direction = 'egress' then pkt_src_aws_service else pkt_dst_aws_service end as near_label,
    case when flow_direction = 'egress' then pkt_dst_aws_service else pkt_src_aws_service end as far_label
  from {{rows}} {_WHERE})) group by all
"""
_ABOUT = """select interface_id, vpc_id, subnet_id, az_id, region, account_id, instance_id, action, log_status, count(*),
  count(bytes), sum(bytes) from {rows} group by all"""
_TIMES = """select start // 60, "end" // 60, min(start), max("end"), sum(bytes) from {rows} group by all"""
_SURE = f"""select distinct address, label from (
  select pkt_srcaddr as address, pkt_src_aws_service as label from {{rows}} {_WHERE} and pkt_src_aws_service in ('S3', 'DYNAMODB')
  union all select pkt_dstaddr, pkt_dst_aws_service from {{rows}} {_WHERE} and pkt_dst_aws_service in ('S3', 'DYNAMODB'))"""


def results() -> list[Result]:
    """Return the figures; both sides have found the same bytes through NAT gateways."""
    with tempfile.TemporaryDirectory(prefix="costmodel-bench-") as folder:
        return _results(Path(folder))


def _results(folder: Path) -> list[Result]:
    whole, text = folder / "flows.parquet", folder / "flows.log.gz"
    con = _duck(folder)
    con.execute(_PEERS)
    con.execute(f"copy ({_ROWS}) to '{whole}' (format parquet)")
    names = [r[0] for r in con.execute(f"describe select * from '{whole}'").fetchall()]
    columns = ", ".join(f'"{n}" as "{n.replace("_", "-")}"' for n in names)
    options = "format csv, delimiter ' ', header true, quote '', compression gzip"
    con.execute(f"copy (select {columns} from '{whole}') to '{text}' ({options})")
    con.close()
    _same(_through(read_flows(whole)), _by_hand(folder, f"read_parquet('{whole}')"))
    first = in_turns(lambda: read_flows(whole), lambda: _by_hand(folder, f"read_parquet('{whole}')"), 5)
    second = in_turns(lambda: read_flows(text), lambda: _of_text(folder, text), 1)
    peaks = [_memory(p) / GIB for p in (whole, text)]
    alone = f"one aggregation of it alone: DuckDB {_alone(folder, text):.1f} s, polars {_polars(text):.1f} s"
    same = "DuckDB by hand, the same four answers"
    parquet = within(f"Flow logs, {LINES:,} lines of parquet", first, 1.3, same, f"peak memory {peaks[0]:.2f} GiB")
    lines = within(f"Flow logs, {LINES:,} lines of gzipped text", second, 1.2, same,
                   f"peak memory {peaks[1]:.2f} GiB; {alone}")  # fmt: skip
    return [
        parquet._replace(held=parquet.held and peaks[0] < 1),
        lines._replace(held=lines.held and peaks[1] < 1),
        _matching(folder, whole),
    ]


def _duck(folder: Path) -> Any:
    con = duckdb.connect(config={"memory_limit": "640MB", "temp_directory": str(folder)})
    con.execute("set preserve_insertion_order = false")
    con.execute("set enable_progress_bar = false")
    return con


def _through(traffic: Any) -> int:
    """Return the bytes that NAT gateways processed."""
    return round(sum(s.sent + s.received for k, s in traffic.sums.items() if k.hop == "nat-gateway"))


def _by_hand(folder: Path, rows: str) -> int:
    """Answer the same four questions in SQL: who recorded, when, which addresses of S3 and DynamoDB, who sent what."""
    con = _duck(folder)
    for query in (_ABOUT, _TIMES, _SURE):
        con.execute(query.format(rows=rows)).to_arrow_table()
    found = con.execute(_GROUPS.format(rows=rows)).to_arrow_table()
    con.close()
    return int(np.sum(found.column("bytes").to_numpy()[found.column("translated").to_numpy(zero_copy_only=False)]))


def _of_text(folder: Path, text: Path) -> int:
    """Answer them of text: read once into parquet, as each reading of it takes longer."""
    con, target = _duck(folder), folder / "hand.parquet"
    names = [r[0] for r in con.execute(f"describe select * from {_csv(text)}").fetchall()]
    columns = ", ".join(f'"{n}" as "{n.replace("-", "_")}"' for n in names)
    con.execute(f"copy (select {columns} from {_csv(text)}) to '{target}' (format parquet)")
    con.close()
    return _by_hand(folder, f"read_parquet('{target}')")


def _csv(text: Path) -> str:
    return f"read_csv('{text}', delim = ' ', header = true, quote = '', escape = '')"


def _alone(folder: Path, text: Path) -> float:
    """Return the seconds that DuckDB takes for bytes by interface and service alone."""
    con, begin = _duck(folder), time.perf_counter()
    con.execute(
        'select "interface-id", "pkt-src-aws-service", "pkt-dst-aws-service", sum(bytes) '
        f"from {_csv(text)} where action = 'ACCEPT' group by all"
    ).fetchall()
    con.close()
    return time.perf_counter() - begin


def _polars(text: Path) -> float:
    """Return the seconds that polars takes for the same."""
    begin = time.perf_counter()
    lines = pl.scan_csv(text, separator=" ", quote_char=None).filter(pl.col("action") == "ACCEPT")
    keys = ("interface-id", "pkt-src-aws-service", "pkt-dst-aws-service")
    lines.group_by(*keys).agg(pl.col("bytes").sum()).collect(engine="streaming")
    return time.perf_counter() - begin


def _matching(folder: Path, whole: Path) -> Result:
    """Return what it takes to tell whose 200,000 addresses are, against scanning them once."""
    random = np.random.default_rng(7).integers(1, 224, (ADDRESSES, 4))
    addresses = [".".join(map(str, row)) for row in random.tolist()]
    ranges = load_ip_ranges()

    def scan() -> object:
        con = _duck(folder)
        con.execute(f"select pkt_dstaddr, sum(bytes) from read_parquet('{whole}') group by all").to_arrow_table()
        return con.close()

    times = in_turns(lambda: ranges.find_owner_numbers(addresses), scan, 5)
    prefixes = len(ranges.four.starts)
    return within(
        f"Whose {ADDRESSES:,} addresses are, of {prefixes:,} ranges", times, 1.0, "scanning the log's addresses once"
    )


def _memory(path: Path) -> float:
    """Return the peak memory of a process that reads it."""
    peak = "next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1]"  # of this program alone
    code = f"import costmodel as cm; cm.read_flows({str(path)!r}); print({peak})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return float(json.loads(done.stdout)) * 1024


def _same(one: int, other: int) -> None:
    assert one == other, (one, other)
