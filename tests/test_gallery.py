"""The gallery of ready estates: complete, priced, proven; and a total of each worked out by hand."""

from __future__ import annotations

import csv
from decimal import Decimal as D  # noqa: N817 - the sums below are long

import pytest

import costmodel as cm
from costmodel.aws import VARIANTS
from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.documents.document import read_document
from tests.support.paths import EXAMPLES

GALLERY = EXAMPLES / "gallery"
BOOK = cm.load_prices()
with (GALLERY / "index.csv").open(encoding="utf-8", newline="") as file:
    INDEX = list(csv.DictReader(file))
DEMANDS = [row["file"] for row in INDEX if row["kind"] == "demand"]
NETWORKS = [row["file"] for row in INDEX if row["kind"] == "network"]
MOVES = "shared-vpc"
"""Its workloads move into one VPC, which the optimizer does only where a demand allows it."""


def text(file):
    return (GALLERY / file).read_text(encoding="utf-8")


def compared(file):
    return price_architectures(cm.read_demand(GALLERY / file), BOOK)


def cost(file, architecture):
    """Unrounded total of an architecture of a demand, or of a network."""
    if architecture:
        return compared(file)[architecture].total
    return cm.price(cm.meter(cm.read_network(GALLERY / file), exact=True), BOOK).total_exact


# ------------------------------------------------------------------------------------------------------- the index
def test_the_index_names_every_file_once_and_no_other():
    assert sorted(row["file"] for row in INDEX) == sorted(f.name for f in GALLERY.glob("*.yaml"))
    assert list(INDEX[0]) == ["file", "title", "question", "kind", "services", "about"]
    assert len({row["title"] for row in INDEX}) == len(INDEX)
    assert {row["kind"] for row in INDEX} == {"demand", "network"}


@pytest.mark.parametrize("row", INDEX, ids=lambda row: row["file"])
def test_a_row_says_what_its_file_holds(row):
    assert 0 < len(row["title"]) <= 40
    assert row["question"].endswith("?")
    assert row["about"].endswith(".")
    assert text(row["file"]).startswith("# Invented: ")
    document = read_document(GALLERY / row["file"]).value
    if row["kind"] == "demand":
        assert document["name"] == row["title"]
        demand = cm.read_demand(GALLERY / row["file"])
        held = {str(demand.services.name[s]) for s in demand.flows.service}
    else:
        held = {r["kind"] for r in document["resources"]}
        assert held <= set(VARIANTS)
    assert row["services"].split(";") == sorted(held)


# ------------------------------------------------------------------------------------------------- what they cost
@pytest.mark.parametrize("file", DEMANDS)
def test_every_architecture_that_serves_a_demand_is_priced_and_they_differ(file):
    feasible = [o for o in compared(file) if o.feasible]
    assert all(o.priced for o in feasible)
    assert len(feasible) >= 3
    assert len({o.total for o in feasible}) >= 3


@pytest.mark.parametrize("file", DEMANDS)
def test_the_optimum_is_proven_and_nothing_is_cheaper(file):
    demand = cm.read_demand(GALLERY / file)
    best = cm.optimize(demand, BOOK)
    assert best.certificate["gap"] == pytest.approx(0, abs=1e-9)
    for option in price_architectures(demand, BOOK):
        assert not option.feasible or option.name == MOVES or best.bill.total_exact <= option.total


@pytest.mark.parametrize("file", DEMANDS)
def test_what_is_built_today_is_possible_and_leaves_something_to_save(file):
    comparison = compared(file)
    _, today = add_todays_option(comparison, BOOK)
    assert today.feasible
    assert cm.optimize(comparison.demand, BOOK).bill.total_exact < today.total * D("0.9")


@pytest.mark.parametrize("file", NETWORKS)
def test_every_charge_of_a_network_is_priced(file):
    assert cm.price(cm.meter(cm.read_network(GALLERY / file)), BOOK).total > 0


# ---------------------------------------------------------------------------------------------------------- by hand
# List prices of 2026-10 per hour and per GB. Endpoints: https://aws.amazon.com/privatelink/pricing/ · NAT gateways and
# public IPv4: https://aws.amazon.com/vpc/pricing/ · https://aws.amazon.com/transit-gateway/pricing/ · load balancers:
# https://aws.amazon.com/elasticloadbalancing/pricing/ · https://aws.amazon.com/vpc/lattice/pricing/ · hosted zones and
# Resolver: https://aws.amazon.com/route53/pricing/ · https://aws.amazon.com/directconnect/pricing/ · transfer across
# zones and Regions and to the internet: https://aws.amazon.com/ec2/pricing/on-demand/
MONTH = 730
ENDPOINT = {
    "us-east-1": D("0.01"),
    "eu-west-1": D("0.011"),
    "eu-west-2": D("0.011"),
    "ca-central-1": D("0.011"),
    "eu-central-1": D("0.012"),
    "ap-southeast-2": D("0.013"),
    "ap-northeast-1": D("0.014"),
}  # an hour of a zone
ENDPOINT_GB = D("0.01")
ATTACHMENT = {"us-east-1": D("0.05"), "eu-west-1": D("0.05"), "ap-northeast-1": D("0.07")}
TRANSIT_GB = D("0.02")
ADDRESS = D("0.005")  # of each NAT gateway
ZONE = D("0.50")  # a hosted zone, by the month
CROSSED = D("0.02")  # a GB that crosses zones, 0.01 on each side
REMOTE = D("0.05")  # an hour of an endpoint service in each other Region that consumers come from


def endpoints(region, zones, hours=MONTH):
    """Interface endpoints in so many zones altogether."""
    return zones * hours * ENDPOINT[region]


# (file, architecture; None for a network) → what it comes to
HAND = {
    # London, NAT 0.05 an hour and a GB: 3 + 3 + 2 gateways; 6,501 + 20,041 + 1,886 GB, S3's and DynamoDB's too
    ("s3-dynamodb.yaml", "nat-for-everything"): 8 * MONTH * (D("0.05") + ADDRESS) + 28428 * D("0.05"),
    # two endpoints and two hosted zones in the hub; of 142 + 36 GB two thirds cross zones, as three zones serve
    ("s3-dynamodb.yaml", "centralized-peering"): endpoints("eu-west-2", 2 * 3)
    + 2 * ZONE
    + 178 * ENDPOINT_GB
    + 178 * CROSSED * 2 / 3,
    # Virginia, NAT 0.045: 8 × 3 gateways; 1,037.5 GB of a production cluster, 550 of a staging one
    ("private-ecr-eks.yaml", "nat-for-everything"): 24 * MONTH * (D("0.045") + ADDRESS)
    + 4 * (D("1037.5") + 550) * D("0.045"),
    # eight endpoints in each of eight clusters; all GB but S3's: 138.4 and 50.5
    ("private-ecr-eks.yaml", "per-vpc-endpoints"): endpoints("us-east-1", 8 * 8 * 3)
    + 4 * (D("138.4") + D("50.5")) * ENDPOINT_GB,
    # Sydney: 6 × 2 NAT gateways at 0.059 that stand, 6 × 150 GB, 6 × 30 to the internet at 0.114; 6 × 3 + 3 × 5 endpoints
    ("ssm.yaml", "per-vpc-endpoints"): 12 * MONTH * (D("0.059") + ADDRESS)
    + 900 * D("0.059")
    + 180 * D("0.114")
    + endpoints("ap-southeast-2", 33 * 2)
    + (6 * 14 + 3 * 18) * ENDPOINT_GB,
    # two other Regions; a load balancer at 0.0252; a capacity unit-hour for each GB at 0.006
    ("saas-provider.yaml", None): 2 * MONTH * REMOTE + MONTH * D("0.0252") + 3000 * D("0.006"),
    # four in Virginia, two in Frankfurt, three in Ireland; transfer at 0.02 either way
    ("saas-consumers.yaml", None): endpoints("us-east-1", 4 * 3)
    + endpoints("eu-central-1", 2 * 2)
    + endpoints("eu-west-1", 3 * 3)
    + (6 * 300 + 3 * 400) * ENDPOINT_GB
    + 6 * (60 + 240) * D("0.02"),
    # 13 attachments, 9 endpoints and hosted zones; 5 × 436.5 + 4 × 407.5 + 3 × 2,690.5 GB, all but S3's
    ("shared-services.yaml", "centralized-transit-gateway"): 13 * MONTH * ATTACHMENT["eu-west-1"]
    + endpoints("eu-west-1", 9 * 3)
    + 9 * ZONE
    + 11884 * (TRANSIT_GB + ENDPOINT_GB),
    # two thirds of 5,440 GB cross zones; the partner's 200 to the catalog need an endpoint, and that a load balancer
    ("microservices.yaml", "centralized-peering"): 5440 * CROSSED * 2 / 3
    + endpoints("ca-central-1", 3)
    + 200 * ENDPOINT_GB
    + MONTH * D("0.02475")
    + 200 * D("0.0066"),
    # four services at 0.03, 5,640 GB at 0.03; the catalog's 420,000 requests an hour, 300,000 of them free
    ("microservices.yaml", "lattice"): 4 * MONTH * D("0.03") + 5640 * D("0.03") + 120000 * MONTH * D("0.00000012"),
    # Tokyo: attachments of the factory, two VPCs and the hub; 6,736 + 2 × 122 GB; five endpoints, four hosted zones for
    # the VPCs, two addresses of a Resolver endpoint, the port, and 613.5 GB that leave AWS
    ("on-premises.yaml", "centralized-transit-gateway"): 4 * MONTH * ATTACHMENT["ap-northeast-1"]
    + 6980 * (TRANSIT_GB + ENDPOINT_GB)
    + endpoints("ap-northeast-1", 5 * 3)
    + 4 * ZONE
    + 2 * MONTH * D("0.125")
    + MONTH * D("0.285")
    + D("613.5") * D("0.041"),
    # Frankfurt: seven endpoints
    ("cross-account-api.yaml", "per-vpc-endpoints"): endpoints("eu-central-1", 7 * 3) + 17872 * ENDPOINT_GB,
    # November in London, a load balancer at 0.02646
    ("new-version-before.yaml", None): 720 * D("0.02646")
    + 5760 * (D("0.006") + ENDPOINT_GB)
    + endpoints("eu-west-2", 8 * 3, 720),
    # two balancers, the same GB; each consumer's two endpoints overlap for 48 hours
    ("new-version.yaml", None): 2 * 720 * D("0.02646")
    + 5760 * (D("0.006") + ENDPOINT_GB)
    + endpoints("eu-west-2", 8 * 3, 720 + 48),
    # 11 attachments; 10 × 900 and 18,000 GB; three NAT gateways, 21,000 GB, 3,000 to the internet at 0.09
    ("inspection-before.yaml", None): 11 * MONTH * ATTACHMENT["us-east-1"]
    + 27000 * TRANSIT_GB
    + 3 * MONTH * (D("0.045") + ADDRESS)
    + 21000 * D("0.045")
    + 3000 * D("0.09"),
    # and 6,000 GB once more, the endpoint at 0.01 and 0.0035, the balancer at 0.0125 a zone, a unit-hour a GB at 0.004
    ("inspection.yaml", None): 11 * MONTH * ATTACHMENT["us-east-1"]
    + (27000 + 6000) * TRANSIT_GB
    + 3 * MONTH * (D("0.01") + D("0.0125"))
    + 27000 * (D("0.0035") + D("0.004"))
    + 3 * MONTH * (D("0.045") + ADDRESS)
    + 21000 * D("0.045")
    + 3000 * D("0.09"),
    # 41 attachments; 16 × 150.5 + 14 × 121 + 10 × 70 GB, all but S3's; 16 × 15 + 14 × 10 + 10 × 5 to the internet
    ("centralized-egress.yaml", "nat-centralized"): 41 * MONTH * ATTACHMENT["us-east-1"]
    + 3 * MONTH * (D("0.045") + ADDRESS)
    + 4802 * (TRANSIT_GB + D("0.045"))
    + 430 * D("0.09"),
    # 3 × 760 GB of Dublin, 2 × 540 of Tokyo; 0.02 a GB from Dublin and Virginia, 0.09 from Tokyo; one load balancer
    ("cross-region.yaml", "per-vpc-endpoints"): endpoints("eu-west-1", 3 * 3)
    + endpoints("ap-northeast-1", 2 * 3)
    + 3360 * ENDPOINT_GB
    + (3 * 760 + 2 * 500) * D("0.02")
    + 2 * 40 * D("0.09")
    + 2 * MONTH * REMOTE
    + MONTH * D("0.0225")
    + 3360 * D("0.006"),
    # six VPCs attached, both sides of two peerings; each GB processed once, where it enters
    ("cross-region.yaml", "centralized-transit-gateway"): MONTH
    * ((1 + 2) * ATTACHMENT["us-east-1"] + (3 + 1) * ATTACHMENT["eu-west-1"] + (2 + 1) * ATTACHMENT["ap-northeast-1"])
    + 3360 * TRANSIT_GB
    + (3 * 760 + 2 * 500) * D("0.02")
    + 2 * 40 * D("0.09"),
}


@pytest.mark.parametrize(("file", "architecture"), HAND, ids=str)
def test_it_comes_to_what_was_worked_out_by_hand(file, architecture):
    assert float(cost(file, architecture)) == pytest.approx(float(HAND[file, architecture]), abs=1e-6)


def test_over_peering_each_side_pays_for_what_it_sends():
    """Three VPCs in Dublin send 60 GB, two in Tokyo 40; the service answers with 3 × 700 and 2 × 500."""
    best = cm.optimize(cm.read_demand(GALLERY / "cross-region.yaml"), BOOK)
    assert best.bill.by("SubAccountId") == {
        "222222222222": 3100 * D("0.02"),
        "444444444444": 80 * D("0.09"),
        "333333333333": 180 * D("0.02"),
    }


def test_every_file_has_a_total_worked_out_by_hand():
    assert {file for file, _ in HAND} == {row["file"] for row in INDEX}
