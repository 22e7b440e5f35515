"""Whose an address is: against a walk through AWS's prefixes one by one."""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.core.errors import InputError
from costmodel.flow_logs.interfaces import PRIVATE
from costmodel.flow_logs.reading.addresses import load_ip_ranges, load_range_labels
from costmodel.flow_logs.reading.dns import find_dns_owner
from costmodel.flow_logs.reading.load import read_flows
from costmodel.flow_logs.reading.query import _PRIVATE
from costmodel.pricing.reading.regions import load_location_types, map_zone_prefixes
from tests.support.flows import REMOTE, V5, Log, estate
from tests.support.paths import DATA

HELD = DATA / "catalogue" / "ip-ranges.json.gz"


@cache
def prefixes():
    told = json.loads(gzip.decompress(HELD.read_bytes()))
    out = [(ipaddress.ip_network(p["ip_prefix"]), p["service"], p["region"]) for p in told["prefixes"]]
    return out + [(ipaddress.ip_network(p["ipv6_prefix"]), p["service"], p["region"]) for p in told["ipv6_prefixes"]]


def by_hand(text):
    """Return the label and Region of an address: of all prefixes around it the label that tells most, the narrowest."""
    address = ipaddress.ip_address(text)
    if address.is_private and not str(address).startswith(("192.0", "198.", "203.", "240.", "2001:")):
        return (PRIVATE, "")
    around = [p for p in prefixes() if p[0].version == address.version and address in p[0]]
    if not around:
        return ("", "")
    best = min(around, key=lambda p: (load_range_labels()[p[1]].rank, -p[0].prefixlen))
    return best[1], best[2]


@settings(max_examples=60)
@given(data=st.data())
def test_an_address_is_whose_the_prefixes_around_it_say(data):
    network = data.draw(st.sampled_from(prefixes()))[0]
    first, last = int(network.network_address), int(network.broadcast_address)
    number = data.draw(st.sampled_from([first, last, first - 1, last + 1, (first + last) // 2]))
    maker = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    text = str(maker(number))
    ranges = load_ip_ranges()
    assert tuple(ranges.owners[ranges.find_owner_numbers([text])[0]]) == by_hand(text)


def test_every_label_of_the_ranges_held_has_a_meaning():
    assert {p[1] for p in prefixes()} == set(load_range_labels())
    assert {name for name, one in load_range_labels().items() if one.means == "service"} == {"S3", "DYNAMODB"}
    assert all(one.means in ("service", "some", "internet") for one in load_range_labels().values())


@pytest.mark.parametrize("text", ["", "-", "1.2.3", "300.1.1.1", "1.2.3.4.5", "g::1", "a b", "0x7f.1"])
def test_what_is_no_address_is_nobodys(text):
    ranges = load_ip_ranges()
    assert ranges.find_owner_numbers([text, "10.0.0.1", text]).tolist()[::2] == [-1, -1]
    assert ranges.owners[ranges.find_owner_numbers(["10.0.0.1"])[0]].label == PRIVATE


def test_another_list_takes_the_place_of_the_one_held(tmp_path):
    log = Log()
    hosts, _ = estate(1, 1)
    log.reach(hosts[0], "internet", 5, 7)
    fields = [f for f in V5 if not f.endswith("aws-service")]
    path = log.write(tmp_path / "a.log", fields)
    newer = tmp_path / "ranges.json"
    told = {"createDate": "2027-01-02-03-04-05", "ipv6_prefixes": [], "prefixes": [
        {"ip_prefix": f"{a}/32", "region": "us-east-1", "service": "S3"} for a in REMOTE["internet"]]}  # fmt: skip
    newer.write_text(json.dumps(told))
    traffic = read_flows(path, ip_ranges=newer)
    assert traffic.ip_ranges == "2027-01-02"
    assert {k.service for k in traffic.sums} == {"s3"}
    assert {k.service for k in read_flows(path).sums} == {"internet"}
    newer.write_text("{}")
    load_ip_ranges.cache_clear()
    with pytest.raises(InputError, match="ip-ranges"):
        read_flows(path, ip_ranges=newer)


def test_zone_ids_tell_their_region():
    known = map_zone_prefixes()
    assert known["use1"] == "us-east-1"
    assert known["apse2"] == "ap-southeast-2"
    assert known["usgw1"] == "us-gov-west-1"
    assert known["cnn1"] == "cn-north-1"
    assert sorted(known.values()) == sorted(r for r, t in load_location_types().items() if t == "region")


REGIONS = frozenset(r for r, t in load_location_types().items() if t == "region")


@pytest.mark.parametrize(
    ("name", "service", "region"),
    [
        ("kms.us-east-1.amazonaws.com.", "kms", "us-east-1"),
        ("api.ecr.eu-west-1.amazonaws.com", "ecr.api", "eu-west-1"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.", "ecr.dkr", "eu-west-1"),
        ("my-bucket.s3.eu-west-1.amazonaws.com.", "s3", "eu-west-1"),
        ("my-bucket.s3.dualstack.eu-west-1.amazonaws.com.", "s3", "eu-west-1"),
        ("abc123.execute-api.us-west-2.amazonaws.com", "execute-api", "us-west-2"),
        ("kinesis.us-east-1.amazonaws.com", "kinesis-streams", "us-east-1"),
        ("logs.us-east-1.amazonaws.com", "logs", "us-east-1"),
        ("sts.amazonaws.com", "sts", ""),
        ("api.stripe.com.", "", ""),
    ],
)
def test_names_tell_their_service(name, service, region):
    owner = find_dns_owner(name, REGIONS)
    assert (owner.service, owner.region) == (service, region)
    assert owner.means == ("service" if service else "internet")


def test_ipv6_within_a_vpc_is_not_the_internet(tmp_path):
    """Its addresses are public ones; which are the VPC's own, the interfaces tell."""
    log = Log()
    (one, other), _ = estate(2, 2)
    one.address, other.address = "2600:1f18::a", "2600:1f18::b"
    one.gateway = None
    log.talk(one, other, 700)
    log.talk(other, one, 300)
    log._row("2600:1f18::a", "2606:4700::1", "2600:1f18::a", "2606:4700::1", 55, vpc=one, instance="i-1", label="-",
             minute=0, out=True, path=8)  # fmt: skip
    for fields in (V5, [f for f in V5 if f not in ("flow-direction", "pkt-src-aws-service", "pkt-dst-aws-service")]):
        traffic = read_flows(log.write(tmp_path / "a.log", fields))
        sums = [(k.hop, k.service, s.sent) for k, s in traffic.sums.items()]
        assert sum(sent for hop, service, sent in sums if (hop, service) == ("internet-gateway", "internet")) == 55
        assert sum(sent for hop, _, sent in sums if hop == "cross-zone") == 1000


@settings(max_examples=200)
@given(first=st.sampled_from([9, 10, 11, 99, 100, 101, 126, 127, 128, 169, 171, 172, 173, 191, 192, 193, 252, 253]),
       rest=st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))  # fmt: skip
def test_the_pattern_of_private_addresses_is_the_ranges(first, rest):
    """Engines tell private addresses by a pattern, the ranges by their prefixes: one may not know what the other does."""
    ranges = load_ip_ranges()
    four = ".".join(map(str, (first, *rest)))
    six = f"f{first % 16:x}{rest[0]:02x}::{rest[1]:x}"
    for text in (four, six):
        assert bool(re.search(_PRIVATE, text)) == (
            ranges.owners[ranges.find_owner_numbers([text])[0]].label == PRIVATE
        ), text
