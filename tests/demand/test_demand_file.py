"""Demand files: what they mean once counts, bundles and hubs are expanded, and what is said of every mistake."""

from __future__ import annotations

import ipaddress
import itertools
import random

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import list_paths
from costmodel.architectures.routing import find_exclusion_sets, find_overlapping_vpcs
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand

MINIMUM = {"region": "us-east-1", "vpcs": [{"name": "app"}], "flows": [{"from": "app", "to": "kms"}]}


def demand(**changes):
    return read_demand({**MINIMUM, **changes})


def flows(d):
    """(vpc, service) → (GB sent, GB received)."""
    names = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
    return {(v, s): (a, b) for v, s, a, b in zip(*names, d.flows.gb_sent, d.flows.gb_received, strict=True)}


# ---------------------------------------------------------------- what is read
def test_defaults():
    d = demand()
    assert (d.hours, d.name, d.on) == (730, "demand", None)
    assert d.vpcs.zones[0] == 3
    assert d.vpcs.account.decode_words()[0] == "000000000000"
    assert flows(d) == {("app", "kms"): (0, 0)}


def test_count_makes_numbered_vpcs_and_the_groups_name_means_all():
    d = demand(vpcs=[{"name": "app", "count": 3}], existing={"nat_gateways": [{"vpc": "app-2", "count": 1}]})
    assert d.vpcs.name.tolist() == ["app-1", "app-2", "app-3", "hub"]
    assert list(flows(d)) == [("app-1", "kms"), ("app-2", "kms"), ("app-3", "kms")]


def test_flows_of_one_vpc_and_service_are_summed_whatever_they_are_called():
    d = demand(
        flows=[
            {"from": "app", "to": "monitoring", "gb_sent": 1},
            {"from": "app", "to": "cloudwatch", "gb_sent": 2, "gb_received": 5},
        ]
    )
    assert flows(d) == {("app", "monitoring"): (3, 5)}


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("eventbridge", "events"),
        ("step-functions", "states"),
        ("kinesis", "kinesis-streams"),
        ("api-gateway", "execute-api"),
    ],
)
def test_aliases_are_resolved(alias, name):
    assert list(flows(demand(flows=[{"from": "app", "to": alias}]))) == [("app", name)]


def test_ecr_is_s3_nearly_all():
    d = demand(flows=[{"from": "app", "to": "bundle:ecr", "gb_sent": 1000, "gb_received": 2000}])
    assert flows(d) == {("app", "s3"): (999, 1998), ("app", "ecr.dkr"): (1, 2), ("app", "ecr.api"): (0, 0)}


@pytest.mark.parametrize("bundle", ["ecr", "cloudwatch", "ssm", "eks", "ecs", "fargate", "serverless"])
def test_no_bundle_loses_a_gb(bundle):
    d = demand(flows=[{"from": "app", "to": f"bundle:{bundle}", "gb_sent": 10, "gb_received": 20}])
    assert d.flows.gb_sent.sum() == pytest.approx(10)
    assert d.flows.gb_received.sum() == pytest.approx(20)


def test_a_hub_is_added_per_region_and_domain_and_said():
    d = demand(
        vpcs=[
            {"name": "app", "region": "eu-west-1"},
            {"name": "pci", "domain": "pci", "zones": 2},
            {"name": "lab", "domain": "lab"},
        ]
    )
    added = d.vpcs.name[d.vpcs.hub].tolist()
    assert sorted(added) == ["hub-eu-west-1", "hub-lab", "hub-pci"]
    assert sum("is added" in n for n in d.notes) == 3
    zones = dict(zip(d.vpcs.name, d.vpcs.zones, strict=True))
    assert (zones["hub-pci"], zones["hub-lab"], zones["hub-eu-west-1"]) == (2, 3, 3)


def test_a_vpc_without_a_domain_uses_the_hub_that_a_domain_got():
    d = demand(vpcs=[{"name": "app"}, {"name": "pci", "domain": "pci"}])
    assert d.vpcs.name[d.vpcs.hub].tolist() == ["hub-pci"]
    assert (d.hubs >= 0).sum(axis=1).tolist() == [1, 1, 1]


def test_a_hub_without_a_domain_serves_all_and_a_vpc_without_one_may_use_any():
    d = demand(
        vpcs=[
            {"name": "app"},
            {"name": "red", "domain": "red"},
            {"name": "all", "hub": True},
            {"name": "blue", "domain": "blue", "hub": True},
        ]
    )
    served = {n: [d.vpcs.name[h] for h in row if h >= 0] for n, row in zip(d.vpcs.name, d.hubs, strict=True)}
    assert served == {"app": ["all", "blue"], "red": ["all"], "all": ["all", "blue"], "blue": ["blue", "all"]}


def test_known_cidrs_that_overlap_are_found_and_unknown_ones_said():
    d = demand(
        vpcs=[
            {"name": "app", "cidrs": ["10.0.0.0/16"]},
            {"name": "clear", "cidrs": ["10.2.0.0/16"]},
            {"name": "shared", "hub": True, "cidrs": ["10.0.128.0/20"]},
        ]
    )
    assert d.overlap[:, 0].tolist() == [True, False, False]
    assert not any("CIDRs" in n for n in d.notes)
    assert any("CIDRs are not known for every VPC" in n for n in demand().notes)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("10.0.0.0/16", "10.0.0.0/16", True),
        ("10.0.0.0/8", "10.255.255.0/24", True),
        ("10.0.0.0/16", "10.1.0.0/16", False),
        (["10.0.0.0/24", "10.9.0.0/16"], ["10.5.0.0/16", "10.9.8.0/24"], True),
        (["10.0.0.0/9", "10.128.0.0/9"], "10.127.255.0/24", True),
        ("fd00:1::/48", "fd00:1:0:ff::/64", True),
        ("fd00:1::/48", "fd00:2::/48", False),
        ("::a00:0/112", "10.0.0.0/16", False),  # the same number in both versions
    ],
)
def test_vpcs_that_overlap_each_other_are_found(one, other, meet):
    vpcs = [{"name": "a", "cidrs": one}, {"name": "b", "cidrs": other}, {"name": "clear", "cidrs": "192.168.0.0/24"}]
    vpcs += [{"name": "site", "on_premises": True, "cidrs": "192.168.1.0/24"}]
    vpcs += [{"name": "shared", "hub": True, "cidrs": ["172.16.0.0/16", "172.17.0.0/16", "172.17.1.0/24"]}]
    d = demand(vpcs=vpcs, flows=[{"from": v["name"], "to": "kms"} for v in vpcs])
    assert not d.overlap.any()  # none of them with the hub
    every = np.arange(5)
    assert find_overlapping_vpcs(d, np.zeros(5, dtype=int), every).tolist() == [meet, meet, False, False, False]
    assert not find_overlapping_vpcs(d, np.array([0, 1, 0, 0, 0]), every).any()  # routed to two hubs they do not meet
    assert [s.tolist() for s in find_exclusion_sets(d, every)] == ([[0, 1]] if meet else [])
    assert find_exclusion_sets(d, every[1:]) == []


@pytest.mark.parametrize("seed", range(60))
def test_exclusions_are_the_pairs_that_overlap(seed):
    """Every pair of VPCs that overlap, held against ipaddress, lies in one of the sets, and no other pair does."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    vpcs = []
    for i in range(r.randint(2, 9)):
        made = [
            f"10.{r.randrange(4)}.{r.randrange(0, 256, 16)}.0/{r.choice([12, 15, 16, 20, 24])}"
            for _ in range(r.randint(0, 3))
        ]
        vpcs.append({"name": f"v{i}", "cidrs": made})
    d = demand(vpcs=vpcs, flows=[{"from": "v0", "to": "kms"}])
    nets = [[ipaddress.ip_network(c, strict=False) for c in v["cidrs"]] for v in vpcs]
    pairs = {
        (i, j)
        for i, j in itertools.combinations(range(len(vpcs)), 2)
        if any(a.overlaps(b) for a in nets[i] for b in nets[j])
    }
    every = np.arange(len(vpcs))
    assert {
        pair for some in find_exclusion_sets(d, every) for pair in itertools.combinations(some.tolist(), 2)
    } == pairs
    meet = find_overlapping_vpcs(d, np.zeros(len(vpcs), dtype=int), every)
    assert set(np.flatnonzero(meet).tolist()) == {v for pair in pairs for v in pair}


def test_the_vpcs_of_a_count_share_their_cidrs_and_that_is_said():
    d = demand(vpcs=[{"name": "app", "count": 3, "cidrs": "10.0.0.0/16"}])
    assert [s.tolist() for s in find_exclusion_sets(d, np.arange(3))] == [[0, 1, 2]]
    assert any("app: its 3 VPCs have the same 'cidrs'" in n for n in d.notes)


def test_what_exists_is_kept_with_its_level():
    d = demand(
        vpcs=[{"name": "app", "count": 2}, {"name": "shared", "hub": True}, {"name": "office", "on_premises": True}],
        existing={
            "transit_gateway": True,
            "nat_gateways": ["app", {"vpc": "shared", "count": 1}],
            "endpoints": [{"vpc": "app", "service": "sqs", "zones": 2}],
            "peerings": [{"vpc": "app", "peer": "shared"}],
            "hosted_zones": [{"vpc": "shared", "service": "kms"}],
            "resolver_endpoints": ["shared"],
            "connections": ["office"],
        },
    )
    kinds = {}
    for need in d.existing:
        kinds.setdefault(need.kind.__name__, []).append(float(need.level[0]))
    assert kinds == {
        "VpcAttachment": [1, 1, 1],
        "VpnAttachment": [1],
        "NatGateway": [3, 3, 1],
        "InterfaceEndpoint": [2, 2],
        "VpcPeering": [1, 1],
        "PrivateHostedZone": [1],
        "ResolverEndpoint": [2],
        "VpnConnection": [1],
    }


def test_today_is_an_architecture_or_a_path_of_every_flow():
    assert demand(today="nat-for-everything").today == "nat-for-everything"
    d = demand(today=[{"vpc": "app", "service": "kms", "path": "nat-single"}])
    assert d.today == ["nat-single"]


def test_constraints_are_read_for_groups_and_for_all():
    d = demand(
        vpcs=[{"name": "app", "count": 2}, {"name": "other"}], constraints={"private": ["app"], "residency": True}
    )
    assert d.constraints.private.tolist() == [True, True, False, False]
    assert d.constraints.residency.all()


def test_dense_ids_are_unique():
    d = demand(vpcs=[{"name": "app", "count": 3}], flows=[{"from": "app", "to": s} for s in ("kms", "sqs", "s3")])
    v, s = np.meshgrid(range(len(d.vpcs)), range(len(d.services)))
    ids = np.r_[d.get_resource_id(v.ravel(), s.ravel()), d.get_resource_id(np.arange(len(d.vpcs)))]
    assert len(np.unique(ids)) == len(ids)
    assert ids.max() < d.count_ids("service")


def test_a_site_is_near_direct_connect_locations_of_its_regions_area():
    d = demand(
        region="ap-northeast-1",
        vpcs=[{"name": "app"}, {"name": "dc", "on_premises": True, "connection": "direct-connect"}],
    )
    assert d.vpcs.port_location.decode_words()[1] == "japan"
    assert any("assumed to be in the area 'japan'" in n for n in d.notes)


def test_paths_have_a_hub_of_each_rank():
    d = demand(vpcs=[{"name": "app"}, {"name": "one", "hub": True}, {"name": "two", "hub": True}])
    ranks = [p.rank for p in list_paths(d) if p.name == "hub-transit-gateway"]
    assert ranks == [0, 1]


# ---------------------------------------------------------------- what is wrong, and how it is said
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vpcs: []\nflows: []\n", ["needs 'region'"]),
        ("region: us-east-1\nflows: []\n", ["needs 'vpcs'"]),
        ("region: us-east-1\nvpcs: [{zones: 3}]\nflows: []\n", ["line 2", "needs 'name'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a}]\n", ["line 3", "needs 'to'"]),
        ("region: us-east-9\nvpcs: []\nflows: []\n", ["line 1", "unknown Region 'us-east-9'"]),
        ("region: us-east-1\nvpcs: [{name: a, zone: 3}]\nflows: []\n", ["line 2", "unknown key 'zone'", "Did you mean 'zones'?"]),
        ("region: us-east-1\nvpcs: [{name: a, zones: 0}]\nflows: []\n", ["line 2", "'zones'", "greater than or equal to 1"]),
        ("region: us-east-1\nvpcs: [{name: a, count: -1}]\nflows: []\n", ["line 2", "'count' must not be negative"]),
        ("region: us-east-1\nvpcs: [{name: a, count: 1.5}]\nflows: []\n", ["'count' must be a whole number"]),
        ("region: us-east-1\nvpcs: [{name: a}, {name: a}]\nflows: []\n", ["line 2", "the VPC 'a' is named twice"]),
        ("region: us-east-1\nvpcs: [{name: a, hub: maybe}]\nflows: []\n", ["line 2", "'hub'", "valid boolean"]),
        ("region: us-east-1\nvpcs: [{name: a, hub: true, on_premises: true}]\nflows: []\n", ["on-premises site cannot be a hub"]),
        ("region: us-east-1\nvpcs: [{name: a, on_premises: true, connection: carrier-pigeon}]\nflows: []\n", ["'vpn' or 'direct-connect'"]),
        ("region: us-east-1\nvpcs: [{name: app}]\nflows: [{from: ap, to: s3}]\n", ["line 3", "unknown VPC 'ap'. Did you mean 'app'?"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: secretmanager}]\n", ["unknown service 'secretmanager'", "secretsmanager"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: 'bundle:erc'}]\n", ["unknown bundle 'bundle:erc'", "bundle:ecr"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: s3, gb_sent: -1}]\n", ["line 3", "'gb_sent' must not be negative: -1"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: s3, gb_sent: .nan}]\n", ["line 3", "'gb_sent' must be finite"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: s3, gb: 1}]\n", ["unknown key 'gb'", "Known: from, to"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nservices: [{name: x}]\nflows: []\n", ["unknown service 'x'", "needs 'kind'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nservices: [{name: kms, vpc: a}]\nflows: []\n", ["the service name 'kms' is taken"]),
        ("region: us-east-1\nvpcs: [{name: a, count: 2}]\nservices: [{name: x, vpc: a}]\nflows: []\n", ["is 2 VPCs; name the one"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nexisting: {nat_gateways: [b]}\n", ["line 4", "unknown VPC 'b'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nexisting: {connections: [a]}\n", ["'a' is not an on-premises site"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nexisting: {endpoints: [{vpc: a, service: kmss}]}\n", ["unknown service 'kmss'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\ntoday: nat-per-zones\n", ["unknown architecture", "'nat-per-zone'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: s3}]\ntoday: []\n", ["'today' has no path for the flow from a to s3"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nconstraints: {allow: [shared]}\n", ["unknown path 'shared'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nconstraints: {quotas: {endpoint-per-vpc: 1}}\n", ["unknown quota", "endpoints-per-vpc"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nconstraints: {max_changes: 2}\n", ["'max_changes' counts changes from 'today'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\nassumptions: {hubdns: none}\n", ["Unknown assumption 'hubdns'", "hub-dns"]),
        ("region: us-east-1\nvpcs: [{name: a, cidrs: [10.0.0.0/99]}]\nflows: []\n", ["line 2", "'cidrs'"]),
        ("region: us-east-1\nvpcs: [{name: a}]\nflows: []\non: tomorrow\n", ["'on' must be a date"]),
        ("region: us-east-1\nvpcs: app\nflows: []\n", ["line 2", "'vpcs' must be"]),
        ("region: us-east-1\nvpcs: []\nflows: []\nvpcs: []\n", ["line 4", "the key 'vpcs' appears twice"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, words):
    path = tmp_path / "demand.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        cm.read_demand(path)
    for word in ("demand.yaml", *words):
        assert word in str(error.value), str(error.value)


SITES = {
    "region": "us-east-1",
    "vpcs": [{"name": "app"}, {"name": "office", "on_premises": True}],
    "flows": [{"from": "app", "to": "kms"}, {"from": "app", "to": "internet"}],
}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"services": [{"name": "x", "vpc": "office", "kind": "lattice"}]}, "on-premises site"),
        ({"existing": {"nat_gateways": ["office"]}}, "on-premises site"),
        ({"existing": {"resolver_endpoints": ["office"]}}, "on-premises site"),
        ({"existing": {"endpoints": [{"vpc": "office", "service": "kms"}]}}, "on-premises site"),
        ({"existing": {"endpoints": [{"vpc": "app", "service": "internet"}]}}, "no interface endpoint"),
        (
            {
                "vpcs": [{"name": "app"}, {"name": "gov", "region": "us-gov-west-1"}],
                "existing": {"peerings": [{"vpc": "app", "peer": "gov"}]},
            },
            "different AWS partitions",
        ),
        ({"constraints": {"quotas": {"policy-characters": 5}}}, "cannot be set"),
        ({"constraints": {"pin": [{"vpc": "office", "service": "kms", "path": "nat-single"}]}}, "no flow from"),
        ({"flows": [{"source": "app", "to": "kms"}]}, "unknown key 'source'"),
    ],
)
def test_what_cannot_stand_or_is_not_counted_is_refused(more, words):
    with pytest.raises(InputError, match=words):
        read_demand({**SITES, **more})


def test_a_direct_connect_port_that_is_assumed_is_said():
    vpcs = [{"name": "app"}, {"name": "dc", "on_premises": True, "connection": "direct-connect", "location": "us"}]
    assumed = read_demand({**SITES, "vpcs": vpcs, "existing": {"connections": ["dc"]}})
    assert any("dc: its Direct Connect port is assumed to be dedicated, 1G" in n for n in assumed.notes)
    said = {"connections": [{"vpc": "dc", "speed": "1G", "type": "dedicated"}]}
    assert not any(
        "is assumed to be dedicated" in n for n in read_demand({**SITES, "vpcs": vpcs, "existing": said}).notes
    )


def test_a_mapping_without_lines_says_the_path():
    with pytest.raises(InputError, match=r"demand, flows\[0\]\.gb_sent: 'gb_sent' must not be negative"):
        read_demand({**SITES, "flows": [{"from": "app", "to": "kms", "gb_sent": -1}]})
