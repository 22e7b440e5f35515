"""Every row of the catalogue is well-formed, refers to what exists, and says where it is from."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from decimal import Decimal, InvalidOperation

import pytest

from tests.support.paths import DATA

CATALOGUE = DATA / "catalogue"

COLUMNS = {
    "services": ["name", "title", "interface", "gateway", "public", "cross_region", "aliases", "note", "source"],
    "bundles": ["bundle", "service", "share_sent", "share_received", "required", "note", "source"],
    "rules": ["id", "about", "text", "source", "url"],
    "quotas": ["id", "text", "kind", "per", "limit", "adjustable", "gbps", "source", "url"],
}
FILLED = {
    "services": ["name", "title", "source"],
    "bundles": ["bundle", "service", "share_sent", "share_received", "note", "source"],
    "rules": ["id", "about", "text", "source"],
    "quotas": ["id", "text", "per", "source", "url"],
}
FLAGS = {
    "services": ["interface", "gateway", "public", "cross_region"],
    "bundles": ["required"],
    "rules": [],
    "quotas": ["adjustable"],
}
NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")

# Rules that the code refers to by these ids.
RULES = [
    "gateway-service",
    "gateway-region",
    "gateway-in-vpc",
    "interface-service",
    "interface-region",
    "cross-region-service",
    "cross-region-same",
    "no-hub",
    "min-zones",
    "pinned",
    "nat-mixed",
    "cidr-overlap",
    "partition",
    "nat-private",
    "nat-public",
    "nat-on-premises",
    "nat-own-service",
    "internet-needs-nat",
    "on-premises-endpoint",
    "on-premises-transit-gateway",
    "not-on-premises",
    "own-service",
    "own-service-endpoint",
    "resource-service",
    "lattice-protocol",
    "lattice-region",
    "resource-protocol",
    "routed-provider",
    "endpoint-policy",
    "vpc-policy",
    "forbidden",
    "not-allowed",
    "not-offered",
    "bandwidth",
    "quota-peerings",
    "residency",
]


def rows(table: str) -> list[dict[str, str]]:
    """Read a table; a cell too many is under the key None, a missing one is None."""
    with (CATALOGUE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(cell: str) -> list[str]:
    """Split a cell of several words."""
    return cell.split(";") if cell else []


def services() -> dict[str, dict[str, str]]:
    """Read the services by name."""
    return {row["name"]: row for row in rows("services")}


def aliases() -> dict[str, str]:
    """Read what each alias stands for."""
    return {alias: row["name"] for row in rows("services") for alias in words(row["aliases"])}


def repeated(values: list[str]) -> list[str]:
    """Return the values that come more than once."""
    return [value for value, n in Counter(values).items() if n > 1]


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_are_exactly_these(table):
    with (CATALOGUE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *body = csv.reader(file)
    assert header == COLUMNS[table]
    assert body, f"{table}.csv has no rows"
    ragged = [f"line of {row[:2]} has {len(row)} cells" for row in body if len(row) != len(header)]
    assert not ragged, f"{table}.csv: {ragged}"


@pytest.mark.parametrize("table", COLUMNS)
def test_files_are_utf8_with_lf_and_clean_cells(table):
    raw = (CATALOGUE / f"{table}.csv").read_bytes()
    assert b"\r" not in raw, f"{table}.csv has carriage returns"
    assert raw.endswith(b"\n"), f"{table}.csv does not end with a line feed"
    assert not raw.startswith(b"\xef\xbb\xbf"), f"{table}.csv starts with a byte-order mark"
    raw.decode("utf-8")
    odd = [(row, cell) for row in rows(table) for cell in row.values() if cell != cell.strip() or "\n" in cell]
    assert not odd, f"{table}.csv: space around a cell, or a line break in it: {odd}"


@pytest.mark.parametrize("table", COLUMNS)
def test_no_text_or_source_is_blank(table):
    blank = [(list(row.values())[:2], column) for row in rows(table) for column in FILLED[table] if not row[column]]
    assert not blank, f"{table}.csv: blank cells: {blank}"


@pytest.mark.parametrize("table", COLUMNS)
def test_flags_are_yes_or_no(table):
    wrong = [
        (list(row.values())[:2], column, row[column])
        for row in rows(table)
        for column in FLAGS[table]
        if row[column] not in ("yes", "no")
    ]
    assert not wrong, f"{table}.csv: neither yes nor no: {wrong}"


@pytest.mark.parametrize(("table", "key"), [("services", "name"), ("rules", "id"), ("quotas", "id")])
def test_names_and_ids_are_unique_and_sorted(table, key):
    keys = [row[key] for row in rows(table)]
    assert not repeated(keys), f"{table}.csv: more than once: {repeated(keys)}"
    assert keys == sorted(keys), f"{table}.csv is not sorted by {key}"
    odd = [k for k in keys if not NAME.fullmatch(k)]
    assert not odd, f"{table}.csv: not lower-case words joined by . or -: {odd}"


def test_aliases_are_unique_and_no_names():
    every = [alias for row in rows("services") for alias in words(row["aliases"])]
    assert not repeated(every), f"aliases of two services: {repeated(every)}"
    names = sorted(set(every) & set(services()))
    assert not names, f"aliases that are also a service's name: {names}"
    odd = [alias for alias in every if not NAME.fullmatch(alias)]
    assert not odd, f"aliases that are not lower-case words joined by . or -: {odd}"


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("cloudwatch", "monitoring"),
        ("eventbridge", "events"),
        ("step-functions", "states"),
        ("kinesis", "kinesis-streams"),
        ("api-gateway", "execute-api"),
        ("firehose", "kinesis-firehose"),
        ("cloudwatch-logs", "logs"),
        ("efs", "elasticfilesystem"),
        ("elb", "elasticloadbalancing"),
    ],
)
def test_what_people_say_is_an_alias(alias, name):
    assert aliases().get(alias) == name


def test_gateway_endpoints_are_those_of_s3_and_dynamodb():
    found = {name: row["interface"] for name, row in services().items() if row["gateway"] == "yes"}
    assert found == {"s3": "yes", "dynamodb": "yes", "s3express": "no"}


def test_cross_region_services_have_interface_endpoints():
    found = {name for name, row in services().items() if row["cross_region"] == "yes"}
    assert found == {
        *("s3", "iam", "ecr.api", "ecr.dkr", "kms", "ecs", "lambda"),
        *("kinesis-firehose", "kinesisanalytics", "route53"),
    }
    without = [name for name in found if services()[name]["interface"] == "no"]
    assert not without, f"cross-Region services without an interface endpoint: {without}"


def test_every_service_can_be_reached():
    ways = ("interface", "gateway", "public")
    lost = [name for name, row in services().items() if "yes" not in [row[way] for way in ways]]
    assert not lost, f"services that nothing reaches: {lost}"


def test_the_internet_is_behind_nat_only():
    row = services()["internet"]
    assert [row[flag] for flag in FLAGS["services"]] == ["no", "no", "yes", "no"]


def test_no_fips_variants():
    fips = [name for name in services() if "fips" in name]
    assert not fips, f"FIPS variants are left out: {fips}"


def test_bundle_members_are_services_named_once():
    known = services()
    missing = [(row["bundle"], row["service"]) for row in rows("bundles") if row["service"] not in known]
    assert not missing, f"members that are no service's name: {missing}"
    twice = repeated([f"{row['bundle']}: {row['service']}" for row in rows("bundles")])
    assert not twice, f"members named twice: {twice}"
    odd = sorted({row["bundle"] for row in rows("bundles") if not NAME.fullmatch(row["bundle"])})
    assert not odd, f"bundle names that are not lower-case words: {odd}"


@pytest.mark.parametrize("direction", ["share_sent", "share_received"])
def test_shares_of_a_bundle_sum_to_exactly_one(direction):
    wrong, sums = [], defaultdict(Decimal)
    for row in rows("bundles"):
        try:
            share = Decimal(row[direction])
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or not 0 <= share <= 1:
            wrong.append((row["bundle"], row["service"], row[direction]))
        elif row["required"] == "yes":
            sums[row["bundle"]] += share
        elif share:
            wrong.append((row["bundle"], row["service"], "an optional member carries no share"))
    assert not wrong, f"{direction}: {wrong}"
    off = {row["bundle"]: str(sums[row["bundle"]]) for row in rows("bundles") if sums[row["bundle"]] != 1}
    assert not off, f"{direction}: bundles whose shares do not sum to 1: {off}"


def test_the_ecr_bundle_is_nearly_all_s3():
    found = {
        row["service"]: (row["share_sent"], row["share_received"], row["required"])
        for row in rows("bundles")
        if row["bundle"] == "ecr"
    }
    assert found == {
        "s3": ("0.999", "0.999", "yes"),
        "ecr.dkr": ("0.001", "0.001", "yes"),
        "ecr.api": ("0", "0", "yes"),
    }


def test_the_bundles_people_ask_for_are_there():
    wanted = {"ecr", "cloudwatch", "ssm", "eks", "ecs", "fargate", "serverless"}
    missing = sorted(wanted - {row["bundle"] for row in rows("bundles")})
    assert not missing, f"bundles missing: {missing}"


def test_the_rules_the_code_refers_to_are_there():
    missing = sorted(set(RULES) - {row["id"] for row in rows("rules")})
    assert not missing, f"rules.csv lacks {missing}"


def test_rules_speak_of_the_path_the_flow_or_a_constraint():
    from costmodel.aws.rules import ABOUT

    odd = [(row["id"], row["about"]) for row in rows("rules") if row["about"] not in ABOUT]
    assert not odd, f"rules about something else than {ABOUT}: {odd}"
    ours = {row["id"] for row in rows("rules") if row["source"].startswith("demand file: constraints")}
    facts = [row["id"] for row in rows("rules") if row["id"] in ours and row["about"] != "constraint"]
    assert not facts, f"rules of the demand's constraints that are told as facts: {facts}"


def test_rule_texts_are_sentences():
    odd = [row["id"] for row in rows("rules") if not (row["text"][:1].isupper() and row["text"].endswith("."))]
    assert not odd, f"rules whose text is no sentence: {odd}"


def test_addresses_are_https():
    wrong = [(row["id"], row["url"]) for row in rows("quotas") if not row["url"].startswith("https://")]
    for row in rows("rules"):
        own = row["source"].startswith("demand file: ")  # the user's own rule stands on no page
        if own != (row["url"] == "") or not (own or row["url"].startswith("https://")):
            wrong.append((row["id"], row["url"]))
    assert not wrong, f"addresses that are not https, or beside a demand file's rule: {wrong}"


def test_quotas_hold_one_positive_whole_number():
    wrong = []
    for row in rows("quotas"):
        given = [row[column] for column in ("limit", "gbps") if row[column]]
        if len(given) != 1 or not re.fullmatch(r"[1-9][0-9]*", given[0]):
            wrong.append((row["id"], row["limit"], row["gbps"]))
    assert not wrong, f"quotas without exactly one of limit and gbps as a positive whole number: {wrong}"


def test_quotas_count_kinds_that_exist():
    from costmodel import aws

    unknown = [(row["id"], kind) for row in rows("quotas") for kind in words(row["kind"]) if not hasattr(aws, kind)]
    assert not unknown, f"quotas of kinds that costmodel.aws has not: {unknown}"
    counted = [row["id"] for row in rows("quotas") if row["per"] in ("vpc", "region") and not row["kind"]]
    assert counted == ["service-network-endpoints-per-vpc"]  # cannot be set: no plan builds any


@pytest.mark.parametrize(
    ("quota", "limit", "adjustable"),
    [
        ("endpoints-per-vpc", "50", "yes"),
        ("peerings-per-vpc", "125", "no"),
        ("gateway-endpoints-per-region", "20", "yes"),
        ("resource-endpoints-per-vpc", "200", "yes"),
        ("service-network-endpoints-per-vpc", "50", "yes"),
        ("transit-gateway-attachments", "5000", "yes"),
        ("vpcs-per-hosted-zone", "300", "no"),
        ("lattice-services-per-network", "500", "yes"),
        ("policy-characters", "20480", "no"),
    ],
)
def test_quotas_are_awss(quota, limit, adjustable):
    found = {row["id"]: (row["limit"], row["adjustable"]) for row in rows("quotas")}
    assert found.get(quota) == (limit, adjustable)


def test_a_hard_quota_that_is_counted_has_its_rule():
    rules = {row["id"] for row in rows("rules")}
    counted = [row["id"] for row in rows("quotas") if row["limit"] and row["per"] in ("vpc", "region")]
    missing = [quota for quota in counted if f"quota-{quota.split('-')[0]}" not in rules]
    assert not missing, f"quotas that can refuse an architecture, without the rule that says so: {missing}"
