"""Files as people have them: packed, in folders, ragged, cut short, in the wrong encoding. Nothing is lost in silence."""

import gzip
import json
import shutil
import zipfile
from fractions import Fraction

import pytest

import costmodel as cm
from costmodel.actual_bills.reading.layout import detect_bill_layout, normalize_column_name
from costmodel.core.errors import CurrencyError, InputError
from costmodel.tabular.duckdb_session import Duck
from tests.support import bills
from tests.support.bill_uses import DAYS, MONTH, schedule, used

LINES = bills.rows([used("nat_gateway_gb", 100 + n, day=d) for n, d in enumerate(DAYS)], schedule)
ROWS = len(LINES)
TOTAL = float(sum(r.cost for r in LINES))


def table(shape="CUR", month=MONTH):
    return list(bills.SHAPES[shape](LINES, month))


@pytest.fixture
def report(tmp_path):
    return bills.write_csv(tmp_path / "report.csv", table())


def whole(bill):
    return (bill.rows_read, bill.cost.read.cost, bill.lost) == (ROWS, pytest.approx(TOTAL), [])


# ---------------------------------------------------------------- where bills lie
def test_a_glob_a_folder_and_a_file_are_the_same_bill(tmp_path, report):
    for given in (report, tmp_path, tmp_path / "*.csv", str(report)):
        assert whole(cm.read_bill(given))


def test_a_zip_archive_is_unpacked(tmp_path, report):
    packed = tmp_path / "away" / "report.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(report, "../../etc/report-1.csv")
        archive.writestr("report-Manifest.json", "{}")
    assert whole(cm.read_bill(packed))
    assert not (tmp_path.parent / "etc").exists()


@pytest.mark.parametrize("name", ["bill [1].csv", "it's *.csv", "a;b.csv", "50%.csv", "ü.csv"])
def test_names_are_names_and_no_patterns(tmp_path, report, name):
    (tmp_path / "more").mkdir()
    odd = tmp_path / "more" / name
    shutil.copyfile(report, odd)
    shutil.copyfile(report, tmp_path / "more" / "it's 1.csv.bak")
    assert whole(cm.read_bill(odd))


def test_files_of_one_month_in_parts_are_added(tmp_path):
    rows = table()
    bills.write_csv(tmp_path / "r-1.csv.gz", rows[:10])
    bills.write_csv(tmp_path / "r-2.csv", rows[10:])
    bill = cm.read_bill(tmp_path)
    assert whole(bill)


def test_the_same_rows_twice_are_read_once(tmp_path, report):
    shutil.copyfile(report, tmp_path / "copy.csv")
    with gzip.open(tmp_path / "report.csv.gz", "wb") as file:
        file.write(report.read_bytes())
    bill = cm.read_bill(tmp_path)
    assert whole(bill)
    assert sum("the same rows as" in n for n in bill.notes) == 2


def manifest(folder, assembly, keys):
    told = {
        "assemblyId": assembly,
        "reportName": "r",
        "reportKeys": keys,
        "billingPeriod": {"start": "20261001T000000.000Z"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "r-Manifest.json").write_text(json.dumps(told), encoding="utf-8")


def test_of_several_assemblies_the_manifests_counts(tmp_path):
    month = tmp_path / "r" / "20261001-20261101"
    for assembly, rows in (("old", table()[:20]), ("new", table())):
        keys = [f"prefix/r/20261001-20261101/{assembly}/r-{n}.csv.gz" for n in (1, 2)]
        manifest(month / assembly, assembly, keys)
        for n, part in enumerate((rows[:9], rows[9:]), 1):
            bills.write_csv(month / assembly / f"r-{n}.csv.gz", part)
    manifest(month, "new", keys)
    bill = cm.read_bill(tmp_path)
    assert whole(bill)
    assert sum("another assembly" in n for n in bill.notes) == 2
    assert whole(cm.read_bill(month / "r-Manifest.json"))


def test_several_assemblies_without_a_manifest_are_refused(tmp_path):
    for assembly in ("old", "new"):
        (tmp_path / "20261001-20261101" / assembly).mkdir(parents=True)
        bills.write_csv(tmp_path / "20261001-20261101" / assembly / "r-1.csv", table()[: 20 + len(assembly)])
    with pytest.raises(InputError, match=r"2 assemblies of one month.*no manifest"):
        cm.read_bill(tmp_path)


def test_a_file_that_a_manifest_lists_and_is_not_there_is_lost(tmp_path, report):
    manifest(tmp_path, "a", ["x/report.csv", "x/report-2.csv"])
    bill = cm.read_bill(tmp_path)
    assert bill.rows_read == ROWS
    assert "x/report-2.csv" in bill.lost[0].why
    with pytest.raises(InputError, match="report-2"):
        cm.read_bill(tmp_path, strict=True)


def test_partitions_with_shifting_columns_are_read_together(tmp_path):
    for month, extra in (("2026-09", {}), ("2026-10", {"line_item_iam_principal": "x"})):
        folder = tmp_path / "data" / f"BILLING_PERIOD={month}"
        folder.mkdir(parents=True)
        rows = [extra | dict(sorted(row.items(), reverse=bool(extra))) for row in table("CUR 2.0", month)]
        bills.write_parquet(folder / "part-0.snappy.parquet", rows)
    bill = cm.read_bill(tmp_path)
    assert (bill.rows_read, bill.months, bill.format) == (2 * ROWS, ["2026-09", "2026-10"], "CUR 2.0")
    assert bill.cost.network.cost == pytest.approx(2 * TOTAL)


def test_a_map_of_products_says_the_region(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = table("CUR 2.0")
    regions = [row.pop("product_region_code") for row in rows]
    for row in rows:
        row["line_item_unblended_cost"] = float(row["line_item_unblended_cost"])
    frame = pa.Table.from_pylist(rows)
    product = pa.array([[("region", r), ("product_name", "x")] for r in regions], pa.map_(pa.string(), pa.string()))
    pq.write_table(frame.append_column("product", product), tmp_path / "a.parquet")
    bill = cm.read_bill(tmp_path / "a.parquet")
    assert bill.format == "CUR 2.0"
    assert list(bill.by("region").index) == ["us-east-1"]


def test_two_formats_of_one_month_are_refused(tmp_path):
    a = bills.write_csv(tmp_path / "a.csv", table())
    b = bills.write_csv(tmp_path / "b.csv", table("FOCUS 1.2"))
    with pytest.raises(InputError, match=r"count every dollar twice"):
        cm.read_bill(a, b)


def test_two_formats_of_two_months_are_one_bill(tmp_path):
    a = bills.write_csv(tmp_path / "a.csv", table())
    b = bills.write_csv(tmp_path / "b.csv", table("FOCUS 1.2", "2026-09"))
    assert cm.read_bill(a, b).months == ["2026-09", MONTH]


def test_two_currencies_do_not_add(tmp_path):
    a = bills.write_csv(tmp_path / "a.csv", table())
    b = bills.write_csv(tmp_path / "b.csv", [row | {"lineItem/CurrencyCode": "CNY"} for row in table()])
    with pytest.raises(CurrencyError, match="CNY, USD"):
        cm.read_bill(a, b)


# ---------------------------------------------------------------- what is missing or wrong
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("column", "note"),
    [
        ("product/region", "no Region column"),
        ("lineItem/ResourceId", "names no resources"),
        ("lineItem/Operation", "no operations"),
        ("pricing/publicOnDemandCost", None),
        ("bill/BillingPeriodStartDate", None),
        ("lineItem/UsageAmount", "no quantities"),
        ("lineItem/CurrencyCode", "names no currency"),
    ],
)
def test_optional_columns_may_be_missing(tmp_path, suffix, column, note):
    rows = [{k: v for k, v in row.items() if k != column} for row in table()]
    path = {"csv": bills.write_csv, "parquet": bills.write_parquet}[suffix](tmp_path / f"a.{suffix}", rows)
    bill = cm.read_bill(path)
    assert whole(bill)
    assert bill.cost.network.rows == ROWS
    assert bill.months == [MONTH]
    assert list(bill.by("region").index) == ["us-east-1"]
    assert note is None or any(note in n for n in bill.notes)


@pytest.mark.parametrize("column", ["lineItem/UnblendedCost", "lineItem/UsageType"])
def test_what_nothing_goes_without(tmp_path, column):
    rows = [{k: v for k, v in row.items() if k != column} for row in table()]
    with pytest.raises(InputError, match=r"a\.csv.*no column line_item_"):
        cm.read_bill(bills.write_csv(tmp_path / "a.csv", rows))


def test_no_bill_at_all(tmp_path):
    (tmp_path / "a.csv").write_text("name,age\nx,1\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"is not a Cost and Usage Report or a FOCUS export; its columns are name, age"
    ):
        cm.read_bill(tmp_path / "a.csv")
    with pytest.raises(InputError, match="does not exist"):
        cm.read_bill(tmp_path / "b.csv")
    with pytest.raises(InputError, match="matches no file"):
        cm.read_bill(tmp_path / "*.parquet")
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        cm.read_bill(tmp_path / "empty.csv")


def test_a_header_alone_is_a_bill_of_nothing(tmp_path, report):
    report.write_text(report.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    bill = cm.read_bill(report)
    assert (bill.rows_read, bill.months) == (0, [])
    assert any("no row" in n for n in bill.notes)


def test_rows_of_another_width_are_lost_and_said(report):
    lines = report.read_text(encoding="utf-8").splitlines()
    lines[3] += ",more"
    lines[7] = lines[7].rsplit(",", 3)[0]
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    bill = cm.read_bill(report)
    assert bill.rows_read == ROWS - 2
    assert {(one.rows, one.why) for one in bill.lost} == {
        (1, "more fields than the header: line 4"),
        (1, "fewer fields than the header: line 8"),
    }
    with pytest.raises(InputError, match=r"report\.csv: (more|fewer) fields than the header: line .*--strict"):
        cm.read_bill(report, strict=True)


def test_rows_all_shorter_than_their_header_lack_its_last_columns(report):
    first, *rest = report.read_text(encoding="utf-8").splitlines()
    report.write_text("\n".join([f"{first},glued/Oneglued/Two", *rest]) + "\n", encoding="utf-8")
    assert whole(cm.read_bill(report))


@pytest.mark.parametrize("packed", [True, False])
def test_quoted_commas_and_line_ends_are_text(tmp_path, packed):
    rows = [row | {"resourceTags/user:Name": 'two\nlines, and "quotes"'} for row in table()]
    assert whole(cm.read_bill(bills.write_csv(tmp_path / f"a.csv{'.gz' if packed else ''}", rows)))


def test_a_cost_that_is_no_number_is_lost_and_said(tmp_path):
    rows = table()
    rows[4]["lineItem/UnblendedCost"] = "n/a"
    bill = cm.read_bill(bills.write_csv(tmp_path / "a.csv", rows))
    assert bill.lost[0].rows == 1
    assert "not a number" in bill.lost[0].why


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings(tmp_path, encoding):
    path = bills.write_csv(tmp_path / "a.csv", [row | {"resourceTags/user:Name": "Zürich"} for row in table()])
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert whole(cm.read_bill(path))


def test_other_separators(tmp_path, report):
    report.write_text(
        report.read_text(encoding="utf-8").replace('"a ""quoted"", name"', "x").replace(",", ";"), encoding="utf-8"
    )
    assert whole(cm.read_bill(report))


@pytest.mark.parametrize("packed", [True, False])
def test_lines_that_do_not_end_alike(tmp_path, packed):
    path = bills.write_csv(tmp_path / "a.csv", table())
    head, *rest = path.read_bytes().split(b"\r\n")
    data = head + b"\n" + b"\r\n".join(rest[:9]) + b"\r\n" + b"\n".join(rest[9:])
    path.write_bytes(gzip.compress(data) if packed else data)
    assert whole(cm.read_bill(path))


@pytest.mark.parametrize("part", [0.3, 0.7, 0.999])
def test_a_gzip_file_cut_short_gives_its_whole_rows(tmp_path, part):
    rows = [row | {"identity/LineItemId": f"{n * 7919 % 104729:x}" * 5} for n, row in enumerate(table() * 40)]
    path = bills.write_csv(tmp_path / "a.csv.gz", rows)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: int(size * part)])
    bill = cm.read_bill(path)
    assert 0.5 * part * len(rows) < bill.rows_read <= len(rows)
    (lost,) = bill.lost
    assert lost.rows is None
    assert f"of {int(size * part):,} bytes" in lost.why
    with pytest.raises(InputError, match="gzip stream ends"):
        cm.read_bill(path, strict=True)


def test_a_damaged_gzip_file(tmp_path):
    path = bills.write_csv(tmp_path / "a.csv.gz", table() * 40)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    path.write_bytes(data)
    bill = cm.read_bill(path)
    assert bill.lost
    assert bill.rows_read < 40 * ROWS


def test_two_gzip_streams_in_one_file(tmp_path):
    rows = table()
    a = bills.write_csv(tmp_path / "a.csv.gz", rows[:10])
    b = bills.write_csv(tmp_path / "b.csv", rows[10:])
    with gzip.open(tmp_path / "c.gz", "wb") as file:
        file.write(b"".join(b.read_bytes().splitlines(keepends=True)[1:]))
    a.write_bytes(a.read_bytes() + (tmp_path / "c.gz").read_bytes())
    assert whole(cm.read_bill(a))


@pytest.mark.parametrize("part", [0.1, 0.9])
def test_a_parquet_file_cut_short(tmp_path, part):
    path = bills.write_parquet(tmp_path / "a.parquet", table())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(InputError, match=r"a\.parquet is not a complete parquet file"):
        cm.read_bill(path)
    good = bills.write_csv(tmp_path / "b.csv", table())
    bill = cm.read_bill(path, good)
    assert bill.rows_read == ROWS
    assert "a.parquet" in bill.lost[0].file


def test_a_zip_archive_cut_short(tmp_path, report):
    packed = tmp_path / "r.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(report)
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(InputError, match="cannot be unpacked"):
        cm.read_bill(packed)


# ---------------------------------------------------------------- nothing else is read or written
def test_the_database_reads_and_writes_nothing_else(tmp_path, report):
    import duckdb

    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    duck = Duck()
    try:
        duck.restrict_to_files([report])
        assert duck.ibis.read_csv(str(report)).count().execute() == ROWS
        for attempt in (
            lambda: duck.ibis.read_csv(str(secret)),
            lambda: duck.ibis.read_csv("/etc/passwd"),
            lambda: duck.ibis.read_parquet("https://example.com/a.parquet"),
            lambda: duck.ibis.to_csv(duck.ibis.read_csv(str(report)), str(tmp_path / "out.csv")),
            lambda: duck.ibis.raw_sql("SET enable_external_access = true"),
            lambda: duck.ibis.raw_sql("INSTALL httpfs"),
            lambda: duck.ibis.attach(str(tmp_path / "x.db")),
        ):
            with pytest.raises(duckdb.Error):
                attempt()
        assert not (tmp_path / "out.csv").exists()
        folder = duck.folder
    finally:
        duck.close()
    assert not folder.exists()


def test_words_of_a_bill_are_no_sql(tmp_path):
    rows = table()
    evil = "'); COPY (SELECT 1) TO '/tmp/evil'; --"
    for row in rows:
        row["lineItem/ResourceId"] = row["lineItem/UsageAccountId"] = evil
    rows[0]["lineItem/UsageType"] = f"NatGateway-Bytes{evil}"
    rows.append(dict.fromkeys(rows[0], "") | {"lineItem/UsageType": evil, "lineItem/UnblendedCost": "0"})
    bill = cm.read_bill(bills.write_csv(tmp_path / "a.csv", rows))
    assert list(bill.by("account").index) == [evil]


def test_names_of_columns():
    assert normalize_column_name("lineItem/UsageType") == "line_item_usage_type"
    assert normalize_column_name("pricing/publicOnDemandCost") == "pricing_public_on_demand_cost"
    assert normalize_column_name("BilledCost") == "billedcost"
    assert (
        detect_bill_layout(["lineItem/UsageType", "lineItem/UnblendedCost"], "x").columns["cost"]
        == "lineItem/UnblendedCost"
    )


def test_progress_is_told(report):
    told = []
    cm.read_bill(report, progress=lambda part, what: told.append((part, what)))
    assert told
    assert all(0 <= part <= 1 for part, _ in told)


def test_a_stop_while_reading_leaves_nothing(report):
    def stop(part, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cm.read_bill(report, progress=stop)
    assert whole(cm.read_bill(report))


def test_amounts_are_exact_to_ten_digits(tmp_path):
    rows = bills.rows([used("nat_gateway_gb", Fraction(1, 3), day=d) for d in DAYS] * 50, schedule)
    bill = cm.read_bill(bills.write_csv(tmp_path / "a.csv", bills.legacy(rows, MONTH)))
    assert bill.cost.read.cost == pytest.approx(float(sum(r.cost for r in rows)), abs=1e-9)


def answer(bill):
    """Every figure of a bill and the order of its rows, to the last bit."""
    frames = [bill.groups, bill.resources]
    return [[list(frame.columns), [list(map(repr, row)) for row in frame.to_numpy().tolist()]] for frame in frames]


@pytest.mark.parametrize("shape", ["parquet", "parts", "csv"])
def test_a_bill_reads_the_same_each_time(tmp_path, shape):
    """Threads add in any order, and thirds and sevenths of a cent have no exact floats."""
    import pyarrow.parquet as pq

    uses = [used("nat_gateway_gb", Fraction(n + 1, 7), day=d, resource=f"r-{n % 3}") for n in range(40) for d in DAYS]
    rows = list(bills.legacy(bills.rows(uses, schedule, discount=Fraction(1, 3)), MONTH))
    rows = [rows[n * 7919 % len(rows)] for n in range(len(rows))]
    if shape == "csv":
        bills.write_csv(tmp_path / "a.csv", rows)
    else:
        bills.write_parquet(tmp_path / "whole", rows)
        whole = pq.read_table(tmp_path / "whole")
        (tmp_path / "whole").unlink()
        parts = 1 if shape == "parquet" else 3
        for n in range(parts):
            size = -(-len(whole) // parts)
            pq.write_table(whole.slice(n * size, size), tmp_path / f"{n}.parquet", row_group_size=64)
    first = answer(cm.read_bill(tmp_path))
    assert all(answer(cm.read_bill(tmp_path)) == first for _ in range(8))
