"""Terraform plans: what small ones should say, worked out by hand, and what is no plan at all."""

from __future__ import annotations

import contextlib
import copy
import json
import zipfile
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.core.errors import CostmodelError, InputError, UnpricedError
from costmodel.demand.reading.load import read_demand
from costmodel.network.reading.load import build_network_from_estate, read_estate
from costmodel.network.reading.terraform.regions import extract_regions
from costmodel.pricing.reading.regions import load_location_types
from tests.support.paths import EXAMPLES
from tests.support.plans import plan, refs, resource
from tests.support.run_cli import run

# us-east-1: endpoint 0.01 an hour and zone, NAT gateway 0.045, address 0.005, attachment 0.05, VPN 0.05, NLB 0.0225.
HOURS = 730
ENDPOINT, NAT, ADDRESS = Decimal("7.30"), Decimal("32.85"), Decimal("3.65")
BOOK = cm.load_prices()


def network(*resources, settings=None, usage=None, **more):
    return cm.read_network(plan(*resources, **more), settings=settings, usage=usage)


def total(*resources, **more):
    return cm.price(cm.meter(network(*resources, **more), exact=True), BOOK).total


def rows(read):
    """(kind, name, Region, its columns) of every resource."""
    return {
        (kind.kind, str(table.name[i])): (
            str(table.location.decode_words()[i]),
            {n: float(getattr(table, n)[i]) for n, c in kind.columns.items() if c.type in ("count", "gb")},
        )
        for kind, table in read
        for i in range(len(table))
    }


def endpoint(address="aws_vpc_endpoint.kms", /, **more):
    return resource(address, vpc_endpoint_type="Interface", service_name="com.amazonaws.us-east-1.kms", **more)


def subnet(index, zone, name="private", module=""):
    return resource(f"{module}aws_subnet.{name}[{index}]", availability_zone=f"us-east-1{zone}")


# ---------------------------------------------------------------- endpoints
def test_two_subnets_are_two_zones():
    assert total(endpoint(subnet_ids=["subnet-1", "subnet-2"])) == 2 * ENDPOINT


def test_subnets_known_after_apply_are_counted_through_the_configuration():
    three = [subnet(0, "a"), subnet(1, "b"), subnet(2, "c")]
    one = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("aws_subnet.private")})
    assert total(*three, one) == 3 * ENDPOINT
    two = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs(
        "aws_subnet.private[0].id", "aws_subnet.private[0]", "aws_subnet.private[2].id", "aws_subnet.private[2]")})  # fmt: skip
    assert total(*three, two) == 2 * ENDPOINT


def test_two_subnets_of_one_zone_are_one_zone():
    one = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("aws_subnet.private")})
    assert total(subnet(0, "a"), subnet(1, "a"), one) == ENDPOINT


def test_subnets_come_through_outputs_and_variables_of_modules():
    subnets = [subnet(n, z, module="module.vpc.") for n, z in enumerate("abc")]
    one = endpoint('module.endpoints.aws_vpc_endpoint.this["kms"]', unknown=["subnet_ids"],
                   expressions={"subnet_ids": refs("var.subnet_ids")})  # fmt: skip
    calls = {"endpoints": {"subnet_ids": refs("module.vpc.private_subnets", "module.vpc")}}
    outputs = {"vpc": {"private_subnets": refs("aws_subnet.private")}}
    assert total(*subnets, one, calls=calls, outputs=outputs) == 3 * ENDPOINT


def test_an_index_picks_the_subnets_of_one_instance_of_a_module():
    subnets = [subnet(n, z, module=f'module.vpc["{m}"].') for m in ("x", "y") for n, z in enumerate("ab")]
    one = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs('module.vpc["x"].ids', 'module.vpc["x"]')})
    first = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs(
        'module.vpc["x"].ids[1]', 'module.vpc["x"].ids', 'module.vpc["x"]', "module.vpc")})  # fmt: skip
    assert total(*subnets, first, outputs={"vpc": {"ids": refs("aws_subnet.private")}}) == ENDPOINT
    every = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("module.vpc")})
    outputs = {"vpc": {"ids": refs("aws_subnet.private")}}
    assert total(*subnets, one, outputs=outputs) == 2 * ENDPOINT
    with pytest.raises(UnpricedError, match=r"aws_vpc_endpoint\.kms: how many subnets it has is known after apply"):
        total(*subnets, every, outputs=outputs)


def test_for_each_over_a_module_takes_the_subnets_of_its_instance():
    """module "endpoints" { for_each = module.vpc; subnet_ids = each.value.ids }: x has two zones, y three."""
    subnets = [subnet(n, z, module=f'module.vpc["{m}"].') for m, zones in (("x", "ab"), ("y", "abc"))
               for n, z in enumerate(zones)]  # fmt: skip
    ends = [endpoint(f'module.endpoints["{m}"].aws_vpc_endpoint.kms', unknown=["subnet_ids"],
                     expressions={"subnet_ids": refs("var.subnet_ids")}) for m in "xy"]  # fmt: skip
    whole = plan(*subnets, *ends, outputs={"vpc": {"ids": refs("aws_subnet.private")}},
                 calls={"endpoints": {"subnet_ids": refs("each.value.ids", "each.value")}})  # fmt: skip
    call = whole["configuration"]["root_module"]["module_calls"]["endpoints"]
    call["for_each_expression"] = refs("module.vpc")
    assert [c["zones"] for _, c in rows(cm.read_network(whole)).values() if "zones" in c] == [2, 3]
    call["for_each_expression"] = refs("local.vpcs")
    with pytest.raises(UnpricedError, match="known after apply"):
        cm.price(cm.meter(cm.read_network(whole)), BOOK)


@pytest.mark.parametrize(
    ("references", "zones"),
    [
        (["each.value.service_type", "each.value", "var.subnet_ids"], 3),  # as the module vpc-endpoints writes it
        (["aws_subnet.private"], 3),  # a splat, or a for over all of them
        (["aws_subnet.private", "count.index"], 1),
        (["aws_subnet.private", "each.key"], 1),
        (["aws_subnet.private", "each.value"], 1),  # aws_subnet.private[each.value].id
        (["aws_subnet.private", "each.value.more", "each.value"], 3),
        (["var.subnet_ids", "count.index"], 1),
        (["var.subnet_ids[0]", "var.subnet_ids"], 1),
        (["var.subnet_ids[0]", "var.subnet_ids", "var.subnet_ids[2]"], 2),
    ],
)
def test_what_picks_a_subnet_and_what_does_not(references, zones):
    own = [subnet(n, z, module="module.e.") for n, z in enumerate("abc")]
    handed = [subnet(n, z, name="given") for n, z in enumerate("abc")]
    one = endpoint('module.e.aws_vpc_endpoint.this["kms"]', unknown=["subnet_ids"],
                   expressions={"subnet_ids": refs(*references)})  # fmt: skip
    assert total(*own, *handed, one, calls={"e": {"subnet_ids": refs("aws_subnet.given")}}) == zones * ENDPOINT


def test_subnets_behind_a_local_value_are_asked_for():
    one = endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("local.subnets")})
    with pytest.raises(UnpricedError, match=r"--set 'aws_vpc_endpoint\.kms\.zones=3'"):
        total(one)
    assert total(one, settings={"aws_vpc_endpoint.kms.zones": "2"}) == 2 * ENDPOINT
    assert total(one, usage={"usage": {"aws_vpc_endpoint.kms": {"zones": 3}}}) == 3 * ENDPOINT
    bill = cm.price(cm.meter(network(one)), BOOK, partial=True)
    assert [(u.meter, u.region, u.quantity) for u in bill.unpriced] == [("interface_endpoint_hour", "us-east-1", None)]


def test_without_a_type_it_is_a_free_gateway_endpoint():
    read = network(resource("aws_vpc_endpoint.s3", service_name="com.amazonaws.us-east-1.s3", unknown=["subnet_ids"]))
    assert list(rows(read)) == [("GatewayEndpoint", "aws_vpc_endpoint.s3")]
    assert cm.price(cm.meter(read), BOOK).total == 0


def test_associations_add_zones():
    bare = endpoint(unknown=["subnet_ids"])  # computed, not set: after_unknown says true all the same
    more = [
        resource(f"aws_vpc_endpoint_subnet_association.kms[{n}]", unknown=["vpc_endpoint_id", "subnet_id"],
                 expressions={"vpc_endpoint_id": refs("aws_vpc_endpoint.kms.id", "aws_vpc_endpoint.kms")})
        for n in range(2)
    ]  # fmt: skip
    assert total(bare, *more) == 2 * ENDPOINT
    assert total(endpoint(subnet_ids=["subnet-1"]), *more) == 3 * ENDPOINT


def test_an_association_that_exists_is_among_the_subnets_already():
    one = endpoint(id="vpce-1", subnet_ids=["subnet-1", "subnet-2"], actions=["no-op"])
    two = resource("aws_vpc_endpoint_subnet_association.a", vpc_endpoint_id="vpce-1", subnet_id="subnet-2", id="a-1")
    new = resource("aws_vpc_endpoint_subnet_association.b", vpc_endpoint_id="vpce-1", subnet_id="subnet-3", id="a-2")
    assert total(one, two) == 2 * ENDPOINT
    assert total(one, two, new) == 3 * ENDPOINT


def test_an_association_with_an_endpoint_elsewhere_is_said():
    read = network(resource("aws_vpc_endpoint_subnet_association.a", vpc_endpoint_id="vpce-9", subnet_id="subnet-2"))
    assert [(left.name, left.type) for left in read.left_out] == [
        ("aws_vpc_endpoint_subnet_association.a", "aws_vpc_endpoint_subnet_association")
    ]


def test_the_other_types_of_endpoint():
    types = ["GatewayLoadBalancer", "Resource", "ServiceNetwork", "Tunnel"]
    read = network(*(resource(f"aws_vpc_endpoint.e{n}", vpc_endpoint_type=t, subnet_ids=["subnet-1", "subnet-2"])
                     for n, t in enumerate(types)))  # fmt: skip
    assert [kind for kind, _ in rows(read)] == [
        "GatewayLoadBalancerEndpoint",
        "ResourceEndpoint",
        "ServiceNetworkEndpoint",
    ]
    assert [left.why for left in read.left_out] == ["endpoints of type Tunnel are not priced here"]


def test_an_endpoint_to_another_region_is_a_cross_region_one():
    read = network(endpoint(subnet_ids=["subnet-1"], service_region="eu-west-1"))
    (kind, table), = read  # fmt: skip
    assert kind.__name__ == "CrossRegionInterfaceEndpoint"
    assert table.service_region.decode_words().tolist() == ["eu-west-1"]


# ---------------------------------------------------------------- NAT gateways and addresses
def test_a_nat_gateways_address_is_counted_once():
    eip, nat = resource("aws_eip.nat", domain="vpc"), resource("aws_nat_gateway.this", unknown=["allocation_id"],
        expressions={"allocation_id": refs("aws_eip.nat.id", "aws_eip.nat")})  # fmt: skip
    assert total(eip, nat) == NAT + ADDRESS
    assert total(eip, nat, resource("aws_eip.other")) == NAT + 2 * ADDRESS


def test_an_address_behind_a_local_value_is_one_of_its_module():
    nats = [resource(f"module.vpc.aws_nat_gateway.this[{n}]", unknown=["allocation_id"],
                     expressions={"allocation_id": refs("local.nat_gateway_ips", "count.index")}) for n in range(3)]  # fmt: skip
    eips = [resource(f"module.vpc.aws_eip.nat[{n}]") for n in range(3)]
    assert total(*nats, *eips) == 3 * (NAT + ADDRESS)
    assert total(*nats, *eips, resource("aws_eip.elsewhere")) == 3 * (NAT + ADDRESS) + ADDRESS


def test_more_addresses_of_a_nat_gateway_are_counted_once():
    eips = [resource(f"aws_eip.e[{n}]") for n in range(3)]
    first = {"allocation_id": refs("aws_eip.e[0].id", "aws_eip.e[0]")}
    more = {"secondary_allocation_ids": refs("aws_eip.e[1].id", "aws_eip.e[1]", "aws_eip.e[2].id", "aws_eip.e[2]")}
    nat = resource("aws_nat_gateway.n", unknown=["allocation_id", "secondary_allocation_ids"], expressions=first | more)
    assert total(*eips, nat) == NAT + 3 * ADDRESS
    alone = resource("aws_nat_gateway.n", unknown=["allocation_id"], expressions=first)
    beside = resource("aws_nat_gateway_eip_association.a", unknown=["allocation_id"],
                      expressions={"allocation_id": refs("aws_eip.e[1].id", "aws_eip.e[1]")})  # fmt: skip
    assert total(*eips, alone, beside) == NAT + 3 * ADDRESS


def test_a_regional_nat_gateway_that_exists_says_its_addresses():
    eips = [resource(f"aws_eip.e[{n}]", id=f"eipalloc-{n}", actions=["no-op"]) for n in range(2)]
    known = [{"availability_zone": f"us-east-1{'ab'[n]}", "allocation_id": f"eipalloc-{n}"} for n in range(2)]
    nat = resource(
        "aws_nat_gateway.r", availability_mode="regional", regional_nat_gateway_address=known, actions=["no-op"]
    )
    assert total(*eips, nat) == 2 * (NAT + ADDRESS)


def test_an_index_picks_each_nat_gateways_addresses():
    eips = [resource(f"aws_eip.{name}[{n}]") for name in ("main", "extra") for n in range(3)]
    picks = {"allocation_id": refs("aws_eip.main", "count.index"),
             "secondary_allocation_ids": refs("aws_eip.extra", "count.index")}  # fmt: skip
    nats = [resource(f"aws_nat_gateway.n[{n}]", unknown=list(picks), expressions=picks) for n in range(3)]
    assert total(*eips, *nats) == 3 * NAT + 6 * ADDRESS


def test_addresses_that_a_module_was_handed_are_its_nat_gateways():
    eips = [resource(f"aws_eip.nat[{n}]") for n in range(3)]
    nats = [resource(f"module.vpc.aws_nat_gateway.this[{n}]", unknown=["allocation_id"],
                     expressions={"allocation_id": refs("local.ips", "count.index")}) for n in range(3)]  # fmt: skip
    calls = {"vpc": {"external_nat_ip_ids": refs("aws_eip.nat")}}
    assert total(*eips, *nats, calls=calls) == 3 * (NAT + ADDRESS)
    assert total(*eips, *nats, resource("aws_eip.other"), calls=calls) == 3 * (NAT + ADDRESS) + ADDRESS


@pytest.mark.parametrize(
    ("blocks", "expressions", "addresses"),
    [
        (["a", "b"], {}, 2),  # a dynamic block: the configuration says nothing of it
        (["a"], {"availability_zone_address": [{"allocation_ids": refs("aws_eip.e[0].id", "aws_eip.e[0]",
                                                                      "aws_eip.e[1].id", "aws_eip.e[1]")}]}, 2),
    ],
)  # fmt: skip
def test_new_addresses_of_a_regional_nat_gateway_are_counted_once(blocks, expressions, addresses):
    eips = [resource(f"aws_eip.e[{n}]") for n in range(2)]
    zones = [{"availability_zone": f"us-east-1{z}"} for z in blocks]
    unknown = {"availability_zone_address": [{"allocation_ids": True} for _ in blocks]}
    nat = resource("aws_nat_gateway.r", availability_mode="regional", availability_zone_address=zones, unknown=unknown,
                   expressions=expressions)  # fmt: skip
    assert total(*eips, nat) == len(blocks) * NAT + addresses * ADDRESS


def test_a_private_nat_gateway_has_no_address():
    assert total(resource("aws_nat_gateway.this", connectivity_type="private")) == NAT


def test_a_regional_nat_gateway_is_as_many_as_its_zones():
    zones = [{"availability_zone": f"us-east-1{z}", "allocation_ids": ["eipalloc-1"]} for z in "abc"]
    one = resource("aws_nat_gateway.r", availability_mode="regional", availability_zone_address=zones)
    assert total(one) == 3 * (NAT + ADDRESS)
    vpc, subnets = resource("aws_vpc.main", cidr_block="10.0.0.0/16"), [subnet(0, "a"), subnet(1, "b")]
    auto = resource("aws_nat_gateway.r", availability_mode="regional", unknown=["vpc_id"],
                    expressions={"vpc_id": refs("aws_vpc.main.id", "aws_vpc.main")})  # fmt: skip
    assert total(vpc, *subnets, auto) == 2 * (NAT + ADDRESS)
    with pytest.raises(UnpricedError, match=r"aws_nat_gateway\.r: how many zones"):
        total(auto)
    assert total(auto, settings={"aws_nat_gateway.r.zones": "4"}) == 4 * (NAT + ADDRESS)


def test_what_decides_a_cost_and_is_unknown_is_never_taken_for_free():
    types = resource(
        "aws_vpc_endpoint.t", unknown=["vpc_endpoint_type"], expressions={"vpc_endpoint_type": refs("local.t")}
    )
    nat = resource(
        "aws_nat_gateway.n", unknown=["connectivity_type"], expressions={"connectivity_type": refs("local.c")}
    )
    balancer = resource("aws_lb.b", unknown=["load_balancer_type"], expressions={"load_balancer_type": refs("local.b")})
    read = network(types, nat, balancer)
    bill = cm.price(cm.meter(read), BOOK, partial=True)
    assert [u.meter for u in bill.unpriced] == ["interface_endpoint_hour", "public_ipv4_in_use_hour"]
    assert [left.name for left in read.left_out] == ["aws_lb.b"]
    with pytest.raises(InputError, match="in the Region 'mars-1', which the price tables do not know"):
        network(resource("aws_nat_gateway.n", region="mars-1"))


def test_instances_with_an_address_of_their_own():
    public = resource("aws_instance.a", associate_public_ip_address=True)
    private = resource("aws_instance.b", associate_public_ip_address=False)
    assert total(public, private) == ADDRESS
    eip = resource("aws_eip.a", unknown=["instance"],
                   expressions={"instance": refs("aws_instance.a.id", "aws_instance.a")})  # fmt: skip
    assert total(public, private, eip) == ADDRESS


def test_an_instance_has_the_address_that_its_own_subnet_gives():
    subnets = [resource(f'aws_subnet.s["{k}"]', map_public_ip_on_launch=k == "pub") for k in ("pub", "priv")]
    instances = [resource(f'aws_instance.i["{k}"]', unknown=["subnet_id"],
                          expressions={"subnet_id": refs("aws_subnet.s", "each.key")}) for k in ("pub", "priv")]  # fmt: skip
    assert total(*subnets, *instances) == ADDRESS
    either = resource("aws_instance.j", unknown=["subnet_id"], expressions={"subnet_id": refs(
        "var.public", 'aws_subnet.s["pub"].id', 'aws_subnet.s["pub"]', 'aws_subnet.s["priv"].id', 'aws_subnet.s["priv"]')})  # fmt: skip
    (unknown,) = network(*subnets, either).unknown
    assert (unknown.name, unknown.existence) == ("aws_instance.j", True)


# ---------------------------------------------------------------- the rest
def test_a_transit_gateway_attachment_is_one_whatever_its_subnets():
    one = resource("aws_ec2_transit_gateway_vpc_attachment.a", subnet_ids=["subnet-1", "subnet-2", "subnet-3"])
    assert total(one) == Decimal("36.50")


def test_a_vpn_on_a_transit_gateway_is_an_attachment_too():
    alone = resource("aws_vpn_connection.a", vpn_gateway_id="vgw-1")
    on = resource("aws_vpn_connection.b", unknown=["transit_gateway_id"],
                  expressions={"transit_gateway_id": refs("aws_ec2_transit_gateway.t.id", "aws_ec2_transit_gateway.t")})  # fmt: skip
    assert total(alone) == Decimal("43.80")  # 730 x 0.05, and two tunnels' addresses, 2 x 730 x 0.005
    assert total(on) == Decimal("80.30")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tunnel_bandwidth": "standard"}, "43.80"),
        ({"tunnel_bandwidth": "large"}, "445.30"),  # 730 x 0.60 + 7.30
        ({"outside_ip_address_type": "PrivateIpv4"}, "36.50"),
        ({"outside_ip_address_type": "Ipv6"}, "36.50"),
        ({"vpn_concentrator_id": "vcn-1"}, "14.60"),  # 730 x 0.01 + 7.30: the attachment is the concentrator's
    ],
)
def test_what_decides_a_vpn_connections_price_is_read(values, expected):
    assert total(resource("aws_vpn_connection.v", **values)) == Decimal(expected)


@pytest.mark.parametrize(
    ("type_", "attribute", "value"),
    [
        ("aws_vpn_connection", "tunnel_bandwidth", "huge"),
        ("aws_dx_connection", "billing_mode", "FlatRateTier2"),
        ("aws_dx_private_virtual_interface", "sitelink_enabled", True),
        ("aws_dx_transit_virtual_interface", "sitelink_enabled", True),
    ],
)
def test_what_has_another_price_that_is_not_held_is_listed_and_not_priced(type_, attribute, value):
    """Known or not before apply: never the usual price."""
    usual = {"bandwidth": "10Gbps"} if type_ == "aws_dx_connection" else {}
    known = resource(f"{type_}.known", **usual, **{attribute: value})
    later = resource(f"{type_}.later", **usual, unknown=[attribute], expressions={attribute: refs("var.x")})
    read = network(known, later)
    assert [left.name for left in read.left_out] == [f"{type_}.known", f"{type_}.later"]
    assert len(read) == 0
    assert not network(resource(f"{type_}.usual", **usual)).left_out


def test_a_concentrator_has_its_attachment():
    assert total(resource("aws_vpn_concentrator.c", transit_gateway_id="tgw-1")) == Decimal(
        "1460.00"
    )  # 730 x (1.95 + 0.05)


def test_a_firewall_waives_the_gateways_that_are_said_to_be_chained_to_it():
    parts = [
        resource("aws_networkfirewall_firewall.f", subnet_mapping=[{"subnet_id": "s1"}, {"subnet_id": "s2"}]),
        *(resource(f"aws_nat_gateway.{n}", connectivity_type="public", allocation_id=f"eipalloc-{n}") for n in "ab"),
    ]
    fire, gateways = 2 * 730 * Decimal("0.395"), 2 * (NAT + ADDRESS)
    assert total(*parts) == fire + gateways == Decimal("649.70")
    assert any("waive those of NAT gateways chained to it" in note for note in network(*parts).notes)
    chained = {f"aws_nat_gateway.{n}.firewall": "aws_networkfirewall_firewall.f" for n in "ab"}
    assert total(*parts, settings=chained) == fire + 2 * ADDRESS == Decimal("584.00")
    with pytest.raises(InputError, match="no NetworkFirewall is called"):
        total(*parts, settings={"aws_nat_gateway.a.firewall": "f"})


def test_advanced_inspection_is_told_by_the_firewalls_policy():
    policy = {
        "firewall_policy_arn": refs(
            "aws_networkfirewall_firewall_policy.p.arn", "aws_networkfirewall_firewall_policy.p"
        )
    }
    fire = resource("aws_networkfirewall_firewall.f", subnet_mapping=[{"subnet_id": "s1"}],
                    unknown=["firewall_policy_arn"], expressions=policy)  # fmt: skip
    name = "aws_networkfirewall_firewall_policy.p"
    plain, strict = ([{"stateful_default_actions": ["aws:drop_strict"]}], [{"tls_inspection_configuration_arn": "arn"}])
    assert total(fire, resource(name, firewall_policy=plain)) == Decimal("288.35")  # 730 x 0.395
    assert total(fire, resource(name, firewall_policy=strict)) == Decimal("565.75")  # 730 x (0.395 + 0.38)


@pytest.mark.parametrize(
    ("type_", "values", "expected"),
    [
        ("aws_networkfirewall_vpc_endpoint_association", {}, "115.34"),  # 730 x 0.158
        ("aws_ec2_client_vpn_endpoint", {}, "0.00"),
        ("aws_ec2_client_vpn_network_association", {}, "73.00"),  # 730 x 0.10
        (
            "aws_networkmanager_core_network",
            {"base_policy_regions": ["us-east-1", "eu-west-1"]},
            "730.00",
        ),  # 2 x 730 x 0.50
        ("aws_networkmanager_vpc_attachment", {}, "47.45"),  # 730 x 0.065
        ("aws_networkmanager_connect_attachment", {}, "47.45"),
        ("aws_networkmanager_site_to_site_vpn_attachment", {}, "47.45"),
        ("aws_networkmanager_transit_gateway_peering", {}, "47.45"),
        ("aws_route53_resolver_firewall_domain_list", {"domains": ["a.example", "b.example"]}, "0.00"),  # 2 x 0.0005
        ("aws_ec2_traffic_mirror_session", {}, "10.95"),  # 730 x 0.015
        ("aws_ec2_network_insights_path", {}, "0.00"),
        ("aws_ec2_network_insights_analysis", {}, "0.10"),
        ("aws_verifiedaccess_endpoint", {}, "197.10"),  # 730 x 0.27
        ("aws_ec2_transit_gateway_multicast_domain", {}, "0.00"),
        ("aws_vpc_route_server_endpoint", {}, "547.50"),  # 730 x 0.75
        ("aws_vpc_ipam", {"tier": "free"}, "0.00"),
        ("aws_lb", {"internal": True, "subnets": ["subnet-1"]}, "16.43"),  # 730 x 0.0225
        ("aws_elb", {"internal": True, "subnets": ["subnet-1"]}, "18.25"),  # 730 x 0.025
        ("aws_elb", {"internal": False, "subnets": ["subnet-1", "subnet-2"]}, "25.55"),
    ],
)
def test_types_of_other_services(type_, values, expected):
    read = network(resource(f"{type_}.x", **values))
    assert not read.left_out
    assert cm.price(cm.meter(read, exact=True), BOOK).total == Decimal(expected)


def test_quantities_that_no_plan_knows_are_asked_for():
    for type_, column in (("aws_vpc_ipam", "active_ips"), ("aws_networkmanager_core_network", "count")):
        asking = resource(f"{type_}.x")
        with pytest.raises(UnpricedError, match=rf"--set '{type_}\.x\.{column}=3'"):
            total(asking)
    assert total(resource("aws_vpc_ipam.x"), settings={"aws_vpc_ipam.x.active_ips": "100"}) == Decimal("19.71")
    document = json.dumps({"core-network-configuration": {"edge-locations": [{"location": "us-east-1"}]}})
    policy = resource("aws_networkmanager_core_network_policy_attachment.p", policy_document=document)
    assert total(resource("aws_networkmanager_core_network.x"), policy) == Decimal("365.00")


def test_reserved_capacity_and_balancing_across_zones_of_load_balancers():
    two = {"load_balancer_type": "network", "internal": True, "subnets": ["subnet-1", "subnet-2"]}
    across = resource("aws_lb.n", **two, enable_cross_zone_load_balancing=True)
    with pytest.raises(UnpricedError, match="how many GB go to targets of other zones"):
        total(across)
    assert total(across, settings={"aws_lb.n.gb_cross_zone": "100"}) == Decimal("18.43")  # 16.425 + 100 x 2 x 0.01
    held = resource("aws_lb.n", **two, minimum_load_balancer_capacity=[{"capacity_units": 5500}])
    bill = cm.price(cm.meter(network(held)), BOOK, partial=True)
    assert [(u.meter, u.quantity) for u in bill.unpriced] == [("nlb_reserved_lcu_hour", 5500 * 730)]
    inside = resource("aws_lb.a", internal=True, minimum_load_balancer_capacity=[{"capacity_units": 10}])
    assert total(inside) == Decimal("74.83")  # 16.425 + 10 x 730 x 0.008


def test_load_balancers():
    facing = resource("aws_lb.n", load_balancer_type="network", internal=False, subnets=["subnet-1", "subnet-2"])
    inside = resource("aws_lb.i", load_balancer_type="network", internal=True, subnets=["subnet-1"])
    assert total(facing) == Decimal("16.425").quantize(Decimal("0.01"), "ROUND_HALF_UP") + 2 * ADDRESS
    assert total(inside) == Decimal("16.43")
    asking = resource("aws_lb.q", load_balancer_type="network", internal=False, unknown=["subnets"],
                      expressions={"subnets": refs("local.subnets")})  # fmt: skip
    with pytest.raises(UnpricedError, match=r"--set 'aws_lb\.q\.count=3'"):
        total(asking)
    assert total(asking, settings={"aws_lb.q.count": "3"}) == Decimal("16.43") + 3 * ADDRESS
    eips = [resource(f"aws_eip.a[{n}]") for n in range(2)]
    mapped = resource(
        "aws_lb.m", load_balancer_type="network", internal=False, subnet_mapping=[{"subnet_id": "a"}, {"subnet_id": "b"}],
        unknown={"subnets": True, "subnet_mapping": [{"allocation_id": True}, {"allocation_id": True}]},
        expressions={"subnet_mapping": [{"allocation_id": refs(f"aws_eip.a[{n}].id", f"aws_eip.a[{n}]")} for n in range(2)]},
    )  # fmt: skip
    assert total(*eips, mapped) == Decimal("16.43") + 2 * ADDRESS
    unsaid = resource("aws_lb.u", load_balancer_type="network", subnets=["subnet-1"], unknown=["internal"],
                      expressions={"internal": refs("var.i")})  # fmt: skip
    with pytest.raises(UnpricedError, match=r"aws_lb\.u: how many public addresses"):
        total(unsaid)


def test_the_other_types():
    read = network(
        resource("aws_vpc_peering_connection.p", peer_region="eu-west-1"),
        resource("aws_vpc_endpoint_service.s"),
        resource("aws_ec2_transit_gateway_peering_attachment.t", peer_region="eu-west-1"),
        resource("aws_dx_connection.d", bandwidth="10Gbps", location="EqDC2"),
        resource("aws_dx_gateway_association.g", associated_gateway_id="tgw-1"),
        resource("aws_dx_gateway_association.v", associated_gateway_id="vgw-1"),
        resource("aws_route53_resolver_endpoint.r", ip_address=[{"subnet_id": "a"}, {"subnet_id": "b"}]),
        resource("aws_route53_zone.private", vpc=[{"vpc_id": "vpc-1"}]),
        resource("aws_route53_zone.public", name="example.com"),
        resource("aws_vpclattice_service.l"),
        resource("aws_ec2_transit_gateway_connect.c"),
    )
    assert sorted(rows(read)) == [
        ("DirectConnectPort", "aws_dx_connection.d"),
        ("EndpointService", "aws_vpc_endpoint_service.s"),
        ("LatticeService", "aws_vpclattice_service.l"),
        ("PrivateHostedZone", "aws_route53_zone.private"),
        ("ResolverEndpoint", "aws_route53_resolver_endpoint.r"),
        ("TransitGatewayAttachment", "aws_dx_gateway_association.g"),
        ("TransitGatewayAttachment", "aws_ec2_transit_gateway_connect.c"),
        ("TransitGatewayAttachment", "aws_ec2_transit_gateway_peering_attachment.t"),
        ("VpcPeering", "aws_vpc_peering_connection.p"),
    ]
    assert rows(read)["ResolverEndpoint", "aws_route53_resolver_endpoint.r"][1]["ips"] == 2
    assert [left.name for left in read.left_out] == ["aws_route53_zone.public"]


def test_what_costs_elsewhere_in_a_plan_is_listed():
    read = network(
        resource("aws_flow_log.e"), resource("aws_cloudformation_stack.s"),
        resource("awscc_ec2_vpc_endpoint.c", vpc_endpoint_type="Interface"),
        resource("aws_ecs_service.web", network_configuration=[{"assign_public_ip": True}]),
        resource("aws_ecs_service.api", network_configuration=[{"assign_public_ip": False}]),
        resource("aws_launch_template.t", network_interfaces=[{"associate_public_ip_address": "true"}]),
        resource("aws_db_instance.d", publicly_accessible=True), resource("aws_db_instance.e", publicly_accessible=False),
        resource("aws_spot_instance_request.s", associate_public_ip_address=True),
    )  # fmt: skip
    assert {left.name for left in read.left_out} == {
        "aws_flow_log.e", "aws_cloudformation_stack.s", "1 of awscc_ec2_vpc_endpoint"
    }  # fmt: skip
    assert {(u.name, u.column, u.most) for u in read.unknown} == {
        ("aws_ecs_service.web", "count", None), ("aws_launch_template.t", "count", None)
    }  # fmt: skip
    assert (
        cm.price(cm.meter(read, exact=True), BOOK, partial=True).total == 2 * ADDRESS
    )  # of the database, the instance


def test_what_is_known_after_apply_is_asked_for_or_said():
    mode = resource(
        "aws_nat_gateway.n", unknown=["availability_mode"], expressions={"availability_mode": refs("local.m")}
    )
    gateway = resource("aws_dx_gateway_association.g", unknown=["associated_gateway_id"],
                       expressions={"associated_gateway_id": refs("local.g")})  # fmt: skip
    bill = cm.price(cm.meter(network(mode, gateway)), BOOK, partial=True)
    assert {u.meter for u in bill.unpriced} == {
        "regional_nat_gateway_hour", "public_ipv4_in_use_hour", "tgw_dx_attachment_hour", "tgw_dx_gb"
    }  # fmt: skip
    said = {"aws_nat_gateway.n.zones": "1", "aws_dx_gateway_association.g.count": "1"}
    assert total(mode, gateway, settings=said) == NAT + ADDRESS + Decimal("36.50")
    away = endpoint(
        subnet_ids=["subnet-1"], unknown=["service_region"], expressions={"service_region": refs("local.r")}
    )
    assert not network(away).notes  # the name of its service says the Region


def test_zones_count_of_a_resource_endpoint_where_it_is_assumed_so():
    one = plan(resource("aws_vpc_endpoint.r", vpc_endpoint_type="Resource", subnet_ids=["s-1", "s-2", "s-3"]))
    for how, hours in (("endpoint", 730), ("zone", 3 * 730)):
        read = cm.read_network(one, assume={"resource-endpoint-hours": how})
        assert cm.price(cm.meter(read, exact=True), BOOK).total == Decimal("0.02") * hours
    asking = plan(resource("aws_vpc_endpoint.r", vpc_endpoint_type="Resource", unknown=["subnet_ids"],
                           expressions={"subnet_ids": refs("local.s")}))  # fmt: skip
    assert not cm.read_network(asking).unknown  # what decides nothing is not asked for
    assert cm.read_network(asking, assume={"resource-endpoint-hours": "zone"}).unknown


def test_consumers_of_an_endpoint_service_in_other_regions_are_asked_for(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(
        json.dumps(plan(resource("aws_vpc_endpoint_service.s", supported_regions=["us-east-1", "eu-west-1"])))
    )
    template = run("estimate", path, "--usage-template")
    assert "aws_vpc_endpoint_service.s: {remote_regions: 0}" in template.stdout
    assert "consumers in other Regions" in run("estimate", path).stderr
    done = run("estimate", path, "--set", "aws_vpc_endpoint_service.s.remote_regions=2", "--format", "json")
    assert json.loads(done.stdout)["total"] == "73.00"  # 2 Regions x 730 h x 0.05


def test_planned_values_alone_say_what_is_unknown_by_leaving_it_out():
    whole = plan(endpoint(unknown=["subnet_ids"]), endpoint("aws_vpc_endpoint.known", subnet_ids=["subnet-1"]))
    alone = {k: whole[k] for k in ("format_version", "planned_values")}
    bill = cm.price(cm.meter(cm.read_network(alone, settings={"region": "us-east-1"})), BOOK, partial=True)
    assert [u.meter for u in bill.unpriced] == ["interface_endpoint_hour"]
    assert bill.total == 2 * ENDPOINT  # of the unknown one, at least one zone


def test_what_costs_and_is_not_priced_is_listed():
    read = network(resource("aws_flow_log.f"), resource("aws_route53_health_check.h"), resource("aws_s3_bucket.b"))
    assert {left.name for left in read.left_out} == {"aws_flow_log.f", "aws_route53_health_check.h"}


# ---------------------------------------------------------------- addresses, actions, versions
def test_for_each_and_count_make_so_many():
    ones = [endpoint(f'aws_vpc_endpoint.e["{k}"]', subnet_ids=["subnet-1"]) for k in ("kms", "a.b", "x[1]")]
    read = network(*ones[:2])
    assert [name for _, name in rows(read)] == ['aws_vpc_endpoint.e["kms"]', 'aws_vpc_endpoint.e["a.b"]']
    assert total(*ones[:2]) == 2 * ENDPOINT
    none = plan()
    none["configuration"]["root_module"]["resources"] = [
        {"type": "aws_vpc_endpoint", "name": "e", "mode": "managed", "count_expression": {"constant_value": 0}}
    ]
    assert len(cm.read_network(none)) == 0


@pytest.mark.parametrize("actions", [["create"], ["update"], ["no-op"], ["delete", "create"], ["create", "delete"]])
def test_what_stands_after_the_plan_counts_once(actions):
    assert total(endpoint(subnet_ids=["subnet-1"], actions=actions)) == ENDPOINT


def test_what_is_deleted_read_or_deposed_does_not_count():
    gone = endpoint(subnet_ids=["subnet-1"], actions=["delete"])
    whole = plan(gone, endpoint("aws_vpc_endpoint.stays", subnet_ids=["subnet-1"]))
    whole["resource_changes"].append({**whole["resource_changes"][1], "deposed": "abc", "change": {
        "actions": ["delete"], "before": {}, "after": None, "after_unknown": {}}})  # fmt: skip
    whole["planned_values"]["root_module"]["resources"].append(
        {"address": "data.aws_vpc_endpoint.x", "mode": "data", "type": "aws_vpc_endpoint", "name": "x", "values": {}}
    )
    assert list(rows(cm.read_network(whole))) == [("InterfaceEndpoint", "aws_vpc_endpoint.stays")]
    del whole["planned_values"]
    assert list(rows(cm.read_network(whole))) == [("InterfaceEndpoint", "aws_vpc_endpoint.stays")]


def test_what_terraform_forgets_goes_on_costing():
    whole = plan(endpoint(subnet_ids=["subnet-1"], actions=["delete"]))
    whole["resource_changes"][0]["change"]["actions"] = ["forget"]
    assert "still exists" in cm.read_network(whole).left_out[0].why  # without its values, it has no price
    values = {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1"]}
    whole["resource_changes"][0]["change"]["before"] = values
    read = cm.read_network(whole, settings={"region": "us-east-1"})
    assert "still exists" in read.notes[0]
    assert cm.price(cm.meter(read, exact=True), BOOK).total == ENDPOINT


def test_several_regions_through_aliases_variables_and_modules():
    providers = {
        "aws": {"name": "aws", "expressions": {"region": refs("var.region")}},
        "aws.west": {"name": "aws", "alias": "west", "expressions": {"region": {"constant_value": "us-west-2"}}},
        "module.eu:aws": {"name": "aws", "module_address": "module.eu", "expressions": {"region": refs("var.where")}},
    }
    read = network(
        endpoint("aws_vpc_endpoint.a", subnet_ids=["subnet-1"]),
        endpoint("aws_vpc_endpoint.b", subnet_ids=["subnet-1"], provider="aws.west"),
        endpoint("module.eu.aws_vpc_endpoint.c", subnet_ids=["subnet-1"], provider="eu:aws"),
        endpoint("module.eu.module.deep.aws_vpc_endpoint.d", subnet_ids=["subnet-1"], provider="module.eu:aws"),
        endpoint("aws_vpc_endpoint.e", subnet_ids=["subnet-1"], region="ap-south-1"),
        endpoint("aws_vpc_endpoint.f", subnet_ids=["subnet-1"], arn="arn:aws:ec2:sa-east-1:1:vpc-endpoint/vpce-1"),
        providers=providers, variables={"region": "us-east-2"}, calls={"eu": {"where": {"constant_value": "eu-west-1"}}},
    )  # fmt: skip
    assert {name[-1]: region for (_, name), (region, _) in rows(read).items()} == {
        "a": "us-east-2", "b": "us-west-2", "c": "eu-west-1", "d": "eu-west-1", "e": "ap-south-1", "f": "sa-east-1"
    }  # fmt: skip


def test_a_region_that_nothing_says_is_asked_for():
    one = endpoint(subnet_ids=["subnet-1"])
    one["values"]["service_name"] = "com.amazonaws.vpce.x"
    with pytest.raises(InputError, match=r"in which Region aws_vpc_endpoint\.kms will be .* --set region="):
        network(one, region=None)
    assert total(one, region=None, settings={"region": "us-east-1"}) == ENDPOINT
    by_variable = {"aws": {"name": "aws", "expressions": {"region": refs("var.region")}}}
    read = network(one, providers=by_variable, settings={"var.region": "us-east-1"})
    assert [region for region, _ in rows(read).values()] == ["us-east-1"]
    named = network(endpoint(subnet_ids=["subnet-1"]), region=None)  # its service's name says it
    assert [region for region, _ in rows(named).values()] == ["us-east-1"]


EU = {"value": {"us": "us-east-1", "eu": "eu-west-1"}}


@pytest.mark.parametrize(
    ("expression", "variables", "region"),
    [
        ({"references": ['var.r["eu"]', "var.r"]}, {"r": EU["value"]}, "eu-west-1"),
        ({"references": ["var.r.eu", "var.r"]}, {"r": EU["value"]}, "eu-west-1"),
        ({"references": ["var.e.net.region", "var.e.net", "var.e"]}, {"e": {"net": {"region": "eu-west-1"}}}, "eu-west-1"),
        ({"references": ["local.dr"]}, {}, None),
        ({"references": ["var.r", "var.i"]}, {"r": ["us-east-1", "eu-west-1"], "i": 1}, None),
        ({"references": ["var.dr", "var.there", "var.here"]}, {"dr": False, "there": "sa-east-1", "here": "us-east-1"}, None),
        ({"constant_value": "us-iso-east-1"}, {}, None),
        (None, {}, None),  # the environment says it
    ],
)  # fmt: skip
def test_a_provider_whose_region_cannot_be_told_is_not_priced_by_another_ones(expression, variables, region):
    providers = {
        "aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}},
        "aws.eu": {"name": "aws", "alias": "eu", "expressions": {"region": expression} if expression else {}},
    }
    nat = resource("aws_nat_gateway.n", connectivity_type="private", provider="aws.eu")
    if region is None:
        with pytest.raises(InputError, match=r"in which Region aws_nat_gateway\.n will be is not known"):
            network(nat, providers=providers, variables=variables)
        assert total(nat, providers=providers, variables=variables, settings={"region": "eu-west-1"}) == Decimal(
            "35.04"
        )
    else:
        assert [r for r, _ in rows(network(nat, providers=providers, variables=variables)).values()] == [region]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(endpoint(subnet_ids=["subnet-1"]))), encoding=encoding)
    assert cm.price(cm.meter(cm.read_network(path)), BOOK).total == ENDPOINT


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"errored": True}, "partial"),
        ({"complete": False}, "partial"),
        ({"format_version": "2.0"}, "is newer"),
    ],
)
def test_a_plan_that_says_less_or_more_than_it_should_is_noted(more, says):
    whole = plan(endpoint(subnet_ids=["subnet-1"]))
    assert cm.read_network(whole | {"complete": True, "errored": False}).notes == []
    assert says in cm.read_network(whole | more).notes[0]


# ---------------------------------------------------------------- usage
def test_usage_by_address_instances_wildcard_and_kind():
    nats = [
        resource(f'module.v["{m}"].aws_nat_gateway.n[{n}]', connectivity_type="private") for m in "ab" for n in (0, 1)
    ]
    usage = {
        "NatGateway": {"gb_processed": 1},
        "module.v[*].aws_nat_gateway.n[1]": {"gb_processed": 10},
        'module.v["a"].aws_nat_gateway.n': {"gb_processed": 100},
        'module.v["a"].aws_nat_gateway.n[0]': {"gb_processed": 1000},
    }  # fmt: skip
    read = network(*nats, usage={"usage": usage})
    assert [columns["gb_processed"] for _, columns in rows(read).values()] == [1000, 100, 1, 10]
    assert total(*nats, usage={"usage": usage}) == 4 * NAT + Decimal("50.00")  # 1,111 GB at 0.045 are 49.995


@pytest.mark.parametrize(
    ("usage", "says"),
    [
        (
            "usage: {aws_vpc_endpoint.kmz: {gb_processed: 1}}",
            r"line 1: no resource is called .*Did you mean 'aws_vpc_en",
        ),
        ("usage:\n  aws_vpc_endpoint.kms: {gb: 1}", r"line 2: .* has no quantity 'gb'.*It has .*gb_processed"),
        ("usage:\n  aws_vpc_endpoint.kms: {gb_processed: -1}", r"line 2: 'gb_processed' must not be negative"),
        ("usage:\n  aws_vpc_endpoint.kms: {gb_processed: }", r"line 2: 'gb_processed' is blank"),
        ("usage:\n  aws_vpc_endpoint.kms: 5", r"takes a mapping such as"),
        ("resources: []", r"a usage file has the one key 'usage'"),
        ("usage: {aws_vpc_endpoint.kms: {zones: 1.5}}", r"'zones' must be a whole number"),
    ],
)
def test_wrong_usage_says_where(tmp_path, usage, says):
    path = tmp_path / "usage.yaml"
    path.write_text(usage, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        network(endpoint(subnet_ids=["subnet-1"]), usage=path)


@pytest.mark.parametrize(
    ("setting", "says"), [("zones=3", "needs the form RESOURCE.QUANTITY"), ("region=mars-1", "unknown Region")]
)
def test_wrong_settings(setting, says):
    name, _, value = setting.partition("=")
    with pytest.raises(InputError, match=says):
        network(endpoint(subnet_ids=["subnet-1"]), settings={name: value})


def test_the_template_of_usage_is_usage(tmp_path):
    path, usage = tmp_path / "plan.json", tmp_path / "usage.yaml"
    path.write_text(json.dumps(plan(
        endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("local.x")}),
        resource("aws_nat_gateway.n", connectivity_type="private"),
        resource("aws_lb.n", load_balancer_type="network", internal=True, subnets=["subnet-1"]),
    )), encoding="utf-8")  # fmt: skip
    assert run("estimate", path, "--usage-template", "-o", usage).exit_code == 0
    text = usage.read_text(encoding="utf-8")
    assert "aws_vpc_endpoint.kms: {gb_processed: 0, zones: }" in text
    assert "aws_lb.n: {gb_cross_zone: 0, protocols: {tcp: {gb_processed: 0}}}" in text
    blank = json.loads(run("estimate", path, "--usage", usage, "--format", "json").stdout)
    assert (blank["total"], len(blank["unpriced"])) == (None, 1)
    usage.write_text(text.replace("zones: }", "zones: 2}").replace("n: {gb_processed: 0", "n: {gb_processed: 100"),
                     encoding="utf-8")  # fmt: skip
    answer = json.loads(run("estimate", path, "--usage", usage, "--format", "json").stdout)
    assert Decimal(answer["total"]) == Decimal("14.60") + NAT + Decimal("4.50") + Decimal("16.43")


def test_usage_serves_network_files_too(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(
        "region: us-east-1\nresources: [{kind: InterfaceEndpoint, name: kms, zones: 1}]\n", encoding="utf-8"
    )
    read = cm.read_network(path, usage={"usage": {"kms": {"gb_processed": 100}}}, settings={"kms.zones": "2"})
    assert cm.price(cm.meter(read, exact=True), BOOK).total == 2 * ENDPOINT + 1


# ---------------------------------------------------------------- the command line
def test_estimate_lists_what_it_cannot_price(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(
        endpoint("module.a.aws_vpc_endpoint.kms", unknown=["subnet_ids"], expressions={"subnet_ids": refs("local.x")}),
        resource("aws_nat_gateway.n", connectivity_type="private"), resource("aws_flow_log.old"),
    )), encoding="utf-8")  # fmt: skip
    done = run("estimate", path, "--format", "json")
    assert done.exit_code == 1
    answer = json.loads(done.stdout)
    # At least one of the six zones of the Region: no subnet and no VPC is in the plan.
    assert (answer["total"], answer["total_priced"], answer["total_at_most"]) == (None, "40.15", None)
    assert (answer["open"][0]["at_least"], answer["open"][0]["at_most"]) == ("7.30", "43.80")
    (unpriced,) = answer["unpriced"]
    assert (unpriced["x_Meter"], unpriced["RegionId"], unpriced["quantity"]) == (
        "interface_endpoint_hour",
        "us-east-1",
        None,
    )
    assert [left["name"] for left in answer["left_out"]] == ["aws_flow_log.old"]
    assert answer["modules"] == [
        {"module": "", "total": "32.85", "currency": "USD"}, {"module": "module.a", "total": "7.30", "currency": "USD"}
    ]  # fmt: skip
    assert {(u["kind"], u["quantity"]): u["ListUnitPrice"] for u in answer["unit_prices"]} == {
        ("InterfaceEndpoint", "gb_processed"): "0.01", ("NatGateway", "gb_processed"): "0.045",
        ("NatGateway", "gb_cross_zone"): "0.02",
    }  # fmt: skip
    assert [item["kind"] for item in answer["open"]] == ["quantity", "type"]
    assert "Open: 2 items" in done.stderr
    table = run("estimate", path)
    assert "How many subnets it has is known after apply only." in table.stdout
    assert "aws_flow_log.old" in table.stdout
    lines = [line.split() for line in table.stdout.splitlines()]
    assert ["module.a", "7.30"] in lines
    assert ["aws_nat_gateway.n", "us-east-1", "NAT", "gateway", "hours", "730", "Hours", "32.85"] in lines


HUMAN = (
    "\x1b[1mTerraform will perform the following actions:\x1b[0m\n\n  # aws_eip.a will be created\n\nPlan: 1 to add.\n"
)
SHOW = "terraform show -json tfplan > plan.json"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (json.dumps(plan(endpoint())).encode()[:900], "the file is truncated: it ends in the middle"),
        (json.dumps(plan(endpoint())).encode()[:-1], "is truncated"),
        (HUMAN.encode(), "Terraform's output for people"),
        (b"No changes. Your infrastructure matches the configuration.\n", "Terraform's output for people"),
        (b'{"@level":"info","@message":"Terraform 1.9.5","@module":"terraform.ui"}\n{"@level":"info"}\n', "the log of"),
        (b'resource "aws_eip" "a" {\n  domain = "vpc"\n}\n', "is Terraform source"),
        (b'{"version": 4, "terraform_version": "1.9.5", "serial": 1, "lineage": "x", "resources": []}', "state file"),
        (b'{"format_version": "1.0"}', "not a plan: it contains nothing else"),
        (b'{"format_version": "1.0", "valid": true}', "not a plan: it contains valid"),
        (("aws_eip.a: Refreshing state... [id=eipalloc-1]\n" * 3000 + HUMAN).encode(), "Terraform's output for people"),
        (b"\x1b[1m  # aws_eip.a\x1b[0m will be destroyed\n", "Terraform's output for people"),
        (b'region = "us-east-1"\nsubnets = ["a"]\n', "looks like Terraform variables"),
        (b'{"name": "my-app", "scripts": {}}', "unknown key 'name'"),
        (b"[1, 2]", "a network file is a mapping"),
        (b"[command]/usr/bin/terraform show -json\n{}", "set terraform_wrapper: false"),
    ],
)  # fmt: skip
def test_what_is_no_plan_says_what_it_is(tmp_path, content, says):
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    done = run("estimate", path)
    assert done.exit_code == 2
    assert says in done.stderr
    if content.startswith(b"[command]") is False:
        assert SHOW in done.stderr or "terraform show -json > state.json" in done.stderr


def test_terraforms_binary_plan_is_told_from_other_archives(tmp_path):
    path = tmp_path / "tfplan"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", b"\x00\x01")
        archive.writestr("tfstate", b"{}")
    done = run("estimate", path)
    assert (done.exit_code, "Terraform's binary plan" in done.stderr) == (2, True)
    assert f"terraform show -json {path} > plan.json" in done.stderr
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("report.csv", b"1")
    assert "is a zip archive" in run("estimate", path).stderr


# ---------------------------------------------------------------- demand
def vpc_plan():
    vpc = resource("module.vpc.aws_vpc.this[0]", cidr_block="10.0.0.0/16", tags={"Name": "app"})
    subnets = [
        resource(f"module.vpc.aws_subnet.private[{n}]", availability_zone=f"us-east-1{z}", unknown=["vpc_id"],
                 expressions={"vpc_id": refs("local.vpc_id")})
        for n, z in enumerate("abc")
    ]  # fmt: skip
    nats = [
        resource(f"module.vpc.aws_nat_gateway.this[{n}]", unknown=["subnet_id", "allocation_id"],
                 expressions={"subnet_id": refs("aws_subnet.private", "count.index"),
                              "allocation_id": refs("local.ips", "count.index")})
        for n in range(3)
    ]  # fmt: skip
    in_vpc = {"vpc_id": refs("module.vpc.vpc_id", "module.vpc"), "subnet_ids": refs("module.vpc.private", "module.vpc")}
    ends = [
        resource(f"aws_vpc_endpoint.{n}", vpc_endpoint_type=t, service_name=f"com.amazonaws.us-east-1.{s}",
                 unknown=["vpc_id", "subnet_ids"],
                 expressions=in_vpc if t == "Interface" else {"vpc_id": in_vpc["vpc_id"]})
        for n, s, t in (("kms", "kms", "Interface"), ("ecr", "ecr.dkr", "Interface"), ("s3", "s3", "Gateway"))
    ]  # fmt: skip
    outputs = {"vpc": {"vpc_id": refs("aws_vpc.this[0].id", "aws_vpc.this"), "private": refs("aws_subnet.private")}}
    attached = resource("aws_ec2_transit_gateway_vpc_attachment.a", unknown=["vpc_id"],
                        expressions={"vpc_id": in_vpc["vpc_id"]})  # fmt: skip
    return plan(vpc, *subnets, *nats, *ends, attached, outputs=outputs)


def test_a_plan_says_what_must_flow_and_its_own_cost_is_todays(tmp_path):
    path, out = tmp_path / "plan.json", tmp_path / "demand.yaml"
    path.write_text(json.dumps(vpc_plan()), encoding="utf-8")
    done = run("estimate", path, "--demand", out, "--format", "json")
    assert done.exit_code == 0, done.stderr
    demand = read_estate(path).build_estate_demand()
    assert demand["vpcs"] == [{"name": "app", "zones": 3, "cidrs": ["10.0.0.0/16"]}]
    assert [(f["from"], f["to"]) for f in demand["flows"]] == [
        ("app", "kms"), ("app", "ecr.dkr"), ("app", "s3"), ("app", "internet")
    ]  # fmt: skip
    assert {t["service"]: t["path"] for t in demand["today"]} == {
        "kms": "own-endpoint", "ecr.dkr": "own-endpoint", "s3": "gateway-endpoint", "internet": "nat-per-zone"
    }  # fmt: skip
    assert demand["existing"] == {"transit_gateway": True}
    compared = json.loads(run("compare", out, "--format", "json").stdout)
    # What is built today, priced from the demand, is what the plan costs: two ways to one figure.
    assert compared["today"]["total"] == json.loads(done.stdout)["total"]
    assert Decimal(compared["today"]["total"]) == 6 * ENDPOINT + 3 * (NAT + ADDRESS) + Decimal("36.50")


@pytest.mark.parametrize(("zones", "nats", "wide"), [(3, 3, 3), (3, 1, 3), (3, 3, 1), (2, 0, 1), (1, 1, 1), (3, 2, 3)])
def test_todays_cost_is_the_plans_or_it_is_said_that_it_is_not(tmp_path, zones, nats, wide):
    path, out = tmp_path / "plan.json", tmp_path / "demand.yaml"
    in_vpc = {"vpc_id": refs("aws_vpc.v.id", "aws_vpc.v")}
    several = refs(*(f"aws_subnet.s[{n}]" for n in range(wide)))
    path.write_text(json.dumps(plan(
        resource("aws_vpc.v", cidr_block="10.0.0.0/16"),
        *(resource(f"aws_subnet.s[{n}]", availability_zone=f"us-east-1{'abc'[n]}", unknown=["vpc_id"], expressions=in_vpc)
          for n in range(zones)),
        *(resource(f"aws_nat_gateway.n[{n}]") for n in range(nats)),
        endpoint(unknown=["vpc_id", "subnet_ids"], expressions=in_vpc | {"subnet_ids": several}),
    )), encoding="utf-8")  # fmt: skip
    done = run("estimate", path, "--demand", out, "--format", "json")
    assert done.exit_code == 0, done.stderr
    planned = json.loads(done.stdout)["total"]
    assert Decimal(planned) == wide * ENDPOINT + nats * (NAT + ADDRESS)
    compared = json.loads(run("compare", out, "--format", "json").stdout)
    if nats == 2:
        assert "its 2 NAT gateways in 3 zones count as one per zone" in done.stderr
        assert "# aws_vpc.v: its 2 NAT gateways" in out.read_text(encoding="utf-8")
    else:
        assert compared["today"]["total"] == planned


@pytest.mark.parametrize("sent", [40, 100, 150])
def test_what_leaves_by_the_internet_gateway_is_what_nat_sent(tmp_path, sent):
    path, out = tmp_path / "plan.json", tmp_path / "demand.yaml"
    in_vpc = {"vpc_id": refs("aws_vpc.v.id", "aws_vpc.v")}
    path.write_text(json.dumps(plan(
        resource("aws_vpc.v", cidr_block="10.0.0.0/16"),
        resource("aws_subnet.s", availability_zone="us-east-1a", unknown=["vpc_id"], expressions=in_vpc),
        resource("aws_nat_gateway.n"),
        resource("aws_internet_gateway.i", unknown=["vpc_id"], expressions=in_vpc),
        resource("aws_vpn_connection.w", transit_gateway_id="tgw-1"),
    )), encoding="utf-8")  # fmt: skip
    usage = ["--set", "aws_nat_gateway.n.gb_processed=100", "--set", f"aws_internet_gateway.i.gb_sent={sent}"]
    done = run("estimate", path, *usage, "--set", "aws_vpn_connection.w.gb_sent=9", "--demand", out)
    assert done.exit_code == 0, done.stderr
    (flow,) = yaml.safe_load(out.read_text(encoding="utf-8"))["flows"]
    assert flow["gb_sent"] + flow["gb_received"] == 100
    assert flow["gb_sent"] == (0 if sent > 100 else sent)
    left = ["aws_vpn_connection.w"] + ["aws_internet_gateway.i"] * (sent > 100)
    (note,) = [line for line in done.stderr.splitlines() if "not among the flows" in line]
    assert set(note.removeprefix("Warning: ").partition(": ")[0].split(", ")) == set(left)


def test_a_service_is_where_it_is_however_many_regions_reach_it(tmp_path):
    path, out = tmp_path / "plan.json", tmp_path / "demand.yaml"
    partner = {"vpc_endpoint_type": "Interface", "service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}
    path.write_text(json.dumps(plan(
        endpoint(subnet_ids=["subnet-1"], vpc_id="vpc-1"),
        resource("aws_vpc_endpoint.x", vpc_endpoint_type="Interface", service_name="com.amazonaws.us-west-2.kms",
                 service_region="us-west-2", subnet_ids=["subnet-1"], vpc_id="vpc-1"),
        resource("aws_vpc_endpoint.p", subnet_ids=["subnet-1"], vpc_id="vpc-1", **partner),
        *(resource(f"aws_vpc_endpoint.e[{n}]", vpc_endpoint_type="Interface", service_name="com.amazonaws.eu-west-1.kms",
                   region="eu-west-1", subnet_ids=["subnet-1"], vpc_id=f"vpc-{n}") for n in (2, 3)),
    )), encoding="utf-8")  # fmt: skip
    usage = ["--set", "aws_vpc_endpoint.x.gb_sent=100", "--set", "aws_vpc_endpoint.x.gb_received=7"]
    done = run("estimate", path, *usage, "--demand", out, "--format", "json")
    assert done.exit_code == 0, done.stderr
    compared = json.loads(run("compare", out, "--format", "json").stdout)
    assert compared["today"]["total"] == json.loads(done.stdout)["total"]
    assert "gb_sent: 100, gb_received: 7" in out.read_text(encoding="utf-8")


def test_a_usage_template_keeps_what_was_said(tmp_path):
    path, out = tmp_path / "plan.json", tmp_path / "usage.yaml"
    path.write_text(json.dumps(plan(
        endpoint(unknown=["subnet_ids"], expressions={"subnet_ids": refs("local.x")}), resource("aws_nat_gateway.n"),
    )), encoding="utf-8")  # fmt: skip
    assert run("estimate", path, "--usage-template", "-o", out).exit_code == 0
    assert yaml.safe_load(out.read_text(encoding="utf-8"))["usage"]["aws_vpc_endpoint.kms"]["zones"] is None
    said = ["--set", "aws_vpc_endpoint.kms.zones=2", "--set", "NatGateway.gb_processed=10"]
    assert run("estimate", path, *said, "--usage-template", "-o", out).exit_code == 0
    totals = [json.loads(run("estimate", path, *more, "--format", "json").stdout)["total"] for more in
              (said, ["--usage", out])]  # fmt: skip
    assert totals == [f"{2 * ENDPOINT + NAT + ADDRESS + Decimal('0.45')}"] * 2


def test_a_plan_without_a_vpc_has_no_demand(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(resource("aws_eip.a"))), encoding="utf-8")
    done = run("estimate", path, "--demand", tmp_path / "out.yaml")
    assert (done.exit_code, "this plan contains no VPC" in done.stderr) == (2, True)
    assert not (tmp_path / "out.yaml").exists()


# ---------------------------------------------------------------- any plan
MODULES = st.sampled_from(["", "module.a.", 'module.a.module.b["x.y"].', "module.c[0]."])


@given(
    st.lists(
        st.tuples(MODULES, st.sampled_from(["endpoint", "nat", "tgw", "eip", "s3"]), st.integers(0, 4)), max_size=12
    )
)
def test_a_plan_costs_the_sum_of_what_it_builds(parts):
    """Each resource by its own rule, whatever modules it lies in and however its subnets are said."""
    resources, expected = [], Decimal(0)
    for n, (module, sort, number) in enumerate(parts):
        if sort == "endpoint":
            names = [f"{module}aws_subnet.s{n}[{i}]" for i in range(number)]
            resources += [resource(name, availability_zone=f"us-east-1{'abcdef'[i]}") for i, name in enumerate(names)]
            resources.append(endpoint(f"{module}aws_vpc_endpoint.e{n}", unknown=["subnet_ids"] if number else (),
                                      expressions={"subnet_ids": refs(f"aws_subnet.s{n}")} if number else {}))  # fmt: skip
            expected += ENDPOINT * number
        elif sort == "nat":
            resources.append(
                resource(f"{module}aws_nat_gateway.n{n}", secondary_allocation_ids=[f"e-{i}" for i in range(number)])
            )
            expected += NAT + ADDRESS * (1 + number)
        elif sort == "tgw":
            ids = [f"subnet-{i}" for i in range(number)]
            resources.append(resource(f"{module}aws_ec2_transit_gateway_vpc_attachment.t{n}", subnet_ids=ids))
            expected += Decimal("36.50")
        elif sort == "s3":
            resources.append(resource(f"{module}aws_vpc_endpoint.g{n}", service_name="com.amazonaws.us-east-1.s3"))
    assert total(*resources) == expected


EXAMPLE = json.loads((EXAMPLES / "plan.json").read_text(encoding="utf-8"))
ODD = [None, "x", [], {}, 3, True, ["a"], {"a": 1}, -1, [None], {"references": ["local.x"]}, [{"references": ["a"]}]]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = [path for path in places(EXAMPLE) if path]


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), min_size=1, max_size=5))
def test_a_plan_that_is_damaged_is_read_or_refused_but_never_a_crash(damages):
    damaged = copy.deepcopy(EXAMPLE)
    for path, odd in damages:
        at = damaged
        for key in path[:-1]:
            at = (
                at[key]
                if isinstance(at, dict | list) and key in (at if isinstance(at, dict) else range(len(at)))
                else {}
            )
        if isinstance(at, dict) or (isinstance(at, list) and isinstance(path[-1], int) and path[-1] < len(at)):
            at[path[-1]] = odd
    with contextlib.suppress(CostmodelError):
        estate = read_estate(damaged)
        cm.price(cm.meter(build_network_from_estate(estate)), BOOK, partial=True)
        read_demand(estate.build_estate_demand())


@pytest.mark.parametrize("region", sorted(r for r, t in load_location_types().items() if t == "region"))
def test_every_region_is_told_by_its_zones_and_services(region):
    places = load_location_types()
    for text in (f"{region}a", f"com.amazonaws.{region}.s3", f"com.amazonaws.vpce.{region}.vpce-svc-0a1"):
        assert extract_regions(text, places) == [region]


# ---------------------------------------------------------------- Regions and states by evidence
def test_other_providers_do_not_hide_the_region_of_the_only_one_of_aws():
    zone = resource("aws_subnet.a", availability_zone="eu-west-1a")
    gateway = resource("aws_nat_gateway.n", connectivity_type="private")
    made = plan(zone, gateway, providers={"aws": {"region": refs("local.r")}})
    made["configuration"]["provider_config"] |= {
        name: {"name": name, "full_name": f"registry.terraform.io/hashicorp/{name}"} for name in ("random", "null")
    }
    (place,) = {str(label) for _, table in cm.read_network(made) for label in table.location.decode_words()}
    assert place == "eu-west-1"


def test_what_is_read_from_the_state_is_counted_once():
    """A resource is in the plan and in the state before it: of types that are not read, the number is in a note."""
    made = plan(resource("aws_s3_bucket.b", actions=["no-op"]), resource("awscc_ec2_vpc.c", actions=["no-op"]))
    made["prior_state"] = {"format_version": "1.0", "values": json.loads(json.dumps(made["planned_values"]))}
    read = cm.read_network(made)
    assert [entry.name for entry in read.left_out] == ["1 of awscc_ec2_vpc"]


@pytest.mark.parametrize("flag", [True, False, None])
def test_a_flag_that_is_known_after_apply_only_is_open(flag):
    block = [{"assign_public_ip": flag, "subnets": ["s"]}] if flag is not None else [{"subnets": ["s"]}]
    service = resource("aws_ecs_service.s", network_configuration=block, desired_count=3)
    made = plan(service)
    if flag is None:
        made["resource_changes"][0]["change"]["after_unknown"] = {"network_configuration": [{"assign_public_ip": True}]}
    bill = cm.price(cm.meter(cm.read_network(made, settings={"region": "us-east-1"}), exact=True), BOOK, partial=True)
    least, most = (3, 3) if flag else (0, 3) if flag is None else (0, 0)
    assert (bill.total, bill.openness.at_most["USD"]) == (least * ADDRESS, most * ADDRESS)


@pytest.mark.parametrize(("nodes", "count"), [({"number_of_nodes": 4}, 4), ({}, 1)])
def test_each_node_of_a_public_cluster_has_an_address(nodes, count):
    assert total(resource("aws_redshift_cluster.c", publicly_accessible=True, **nodes)) == count * ADDRESS


def test_a_cluster_whose_number_of_nodes_is_known_after_apply_only_is_open():
    expressions = {"number_of_nodes": refs("var.nodes")}
    cluster = resource(
        "aws_redshift_cluster.c", publicly_accessible=True, unknown=["number_of_nodes"], expressions=expressions
    )
    (unknown,) = network(cluster).unknown
    assert (unknown.name, unknown.most) == ("aws_redshift_cluster.c", None)


def test_a_group_in_subnets_that_the_plan_does_not_contain_is_open():
    group = resource("aws_eks_node_group.g", subnet_ids=["subnet-1"], scaling_config=[{"desired_size": 2}])
    (unknown,) = network(group).unknown
    assert (unknown.name, unknown.least, unknown.most) == ("aws_eks_node_group.g", 0, 2)
    assert "its subnets" in unknown.reason
