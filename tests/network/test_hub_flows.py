"""The demand of a plan whose VPCs use the NAT gateways and the endpoints of another one."""

from __future__ import annotations

import pytest

import costmodel as cm
from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.network.reading.load import read_estate
from tests.support.plans import plan, refs, resource


def vpc(name, cidr):
    return resource(f"aws_vpc.{name}", cidr_block=cidr, tags={"Name": name})


def attachment(name):
    return resource(
        f"aws_ec2_transit_gateway_vpc_attachment.{name}", unknown=("vpc_id", "transit_gateway_id"),
        expressions={"vpc_id": refs(f"aws_vpc.{name}.id", f"aws_vpc.{name}"),
                     "transit_gateway_id": refs("aws_ec2_transit_gateway.t.id", "aws_ec2_transit_gateway.t")},
    )  # fmt: skip


def nat(number):
    return resource(
        f"aws_nat_gateway.n{number}", connectivity_type="public", unknown=("subnet_id",),
        expressions={"subnet_id": refs(f"aws_subnet.hub{number}.id", f"aws_subnet.hub{number}")},
    )  # fmt: skip


def subnet(owner, number):
    return resource(
        f"aws_subnet.{owner}{number}", availability_zone=f"us-east-1{'abc'[number]}", unknown=("vpc_id",),
        expressions={"vpc_id": refs(f"aws_vpc.{owner}.id", f"aws_vpc.{owner}")},
    )  # fmt: skip


def table(owner, **more):
    return resource(
        f"aws_route_table.{owner}", unknown=("vpc_id",),
        expressions={"vpc_id": refs(f"aws_vpc.{owner}.id", f"aws_vpc.{owner}"), **more},
    )  # fmt: skip


TO_GATEWAY = refs("aws_ec2_transit_gateway.t.id", "aws_ec2_transit_gateway.t")


def route(owner):
    return resource(
        f"aws_route.{owner}", destination_cidr_block="0.0.0.0/0", unknown=("transit_gateway_id", "route_table_id"),
        expressions={"transit_gateway_id": TO_GATEWAY,
                     "route_table_id": refs(f"aws_route_table.{owner}.id", f"aws_route_table.{owner}")},
    )  # fmt: skip


BASE = [
    vpc("hub", "10.0.0.0/16"), vpc("app", "10.1.0.0/16"), vpc("data", "10.2.0.0/16"), vpc("alone", "10.3.0.0/16"),
    resource("aws_ec2_transit_gateway.t"), attachment("hub"), attachment("app"), attachment("data"),
    *(subnet("hub", n) for n in range(2)), *(subnet("app", n) for n in range(2)),
]  # fmt: skip


def demand_of(*resources):
    demand, notes = read_estate(plan(*BASE, *resources)).build_demand_with_notes()
    return demand, notes, {(row["vpc"], row["service"]): row for row in demand.get("today", [])}


@pytest.mark.parametrize(("nats", "path"), [(2, "nat-centralized"), (1, "nat-centralized-single")])
def test_a_default_route_to_a_transit_gateway_is_central_egress(nats, path):
    inline = {"route": [{"cidr_block": {"constant_value": "0.0.0.0/0"}, "transit_gateway_id": TO_GATEWAY}]}
    demand, notes, today = demand_of(
        *(nat(n) for n in range(nats)), table("app"), route("app"), table("data", **inline), table("alone")
    )
    assert {key for key in today if key[1] == "internet"} == {(name, "internet") for name in ("hub", "app", "data")}
    for spoke in ("app", "data"):
        assert today[spoke, "internet"] == {"vpc": spoke, "service": "internet", "path": path, "hub": "hub"}
    assert next(row for row in demand["vpcs"] if row["name"] == "hub")["hub"] is True
    assert any("move them to the flows of the other VPCs" in note for note in notes)
    read = cm.read_demand(demand)
    book = cm.load_prices()
    _, option = add_todays_option(price_architectures(read, book), book)
    assert option is not None
    assert option.bill is not None
    gateways = [u for u in option.bill.frame.itertuples() if u.x_Meter == "nat_gateway_hour"]
    assert sum(float(u.PricingQuantity) for u in gateways) == pytest.approx(nats * 730)  # no gateway is made up


def test_two_possible_hubs_are_not_guessed():
    other = resource(
        "aws_nat_gateway.other", connectivity_type="public", unknown=("subnet_id",),
        expressions={"subnet_id": refs("aws_subnet.data0.id", "aws_subnet.data0")},
    )  # fmt: skip
    _, _, today = demand_of(nat(0), other, subnet("data", 0), table("app"), route("app"))
    assert ("app", "internet") not in today or "hub" not in today["app", "internet"]


def endpoint(owner):
    return resource(
        f"aws_vpc_endpoint.{owner}", vpc_endpoint_type="Interface", service_name="com.amazonaws.us-east-1.ecr.api",
        subnet_ids=["subnet-1"], unknown=("vpc_id",),
        expressions={"vpc_id": refs(f"aws_vpc.{owner}.id", f"aws_vpc.{owner}")},
    )  # fmt: skip


def zone(name, *members):
    made = [
        resource(
            "aws_route53_zone.z", name=name, vpc=[{}],
            expressions={"vpc": [{"vpc_id": refs("aws_vpc.hub.id", "aws_vpc.hub")}]},
        )
    ]  # fmt: skip
    for member in members:
        made.append(
            resource(
                f"aws_route53_zone_association.{member}", unknown=("vpc_id", "zone_id"),
                expressions={"vpc_id": refs(f"aws_vpc.{member}.id", f"aws_vpc.{member}"),
                             "zone_id": refs("aws_route53_zone.z.id", "aws_route53_zone.z")},
            )
        )  # fmt: skip
    return made


def test_a_hosted_zone_that_is_shared_is_the_endpoint_of_a_hub():
    _, _, today = demand_of(endpoint("hub"), *zone("api.ecr.us-east-1.amazonaws.com", "app", "alone"))
    assert today["app", "ecr.api"] == {
        "vpc": "app", "service": "ecr.api", "path": "hub-transit-gateway", "hub": "hub"}  # fmt: skip
    assert ("alone", "ecr.api") not in today  # nothing links it with the hub


def test_a_zone_of_another_name_or_without_an_endpoint_says_nothing():
    for made in ([endpoint("hub"), *zone("internal.example.com", "app")], zone("kms.us-east-1.amazonaws.com", "app")):
        _, _, today = demand_of(*made)
        assert not any("hub" in row for row in today.values())
