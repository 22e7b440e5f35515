"""Network files: what is read, and what is said, in words, of every mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
import yaml

import costmodel as cm
from costmodel.aws import (
    CrossRegionInterfaceEndpoint,
    NatGateway,
    NetworkLoadBalancer,
    NetworkLoadBalancerUnits,
    RegionalNatGateway,
)
from costmodel.core.errors import InputError
from costmodel.network.reading.load import read_network

BOOK = cm.load_prices()
README = """
region: us-east-1
hours: 730
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 3, gb_processed: 500, count: 10}
  - {kind: NatGateway, region: eu-west-1, gb_processed: 2048, hours: 100}
"""


def read(tmp_path, text, name="network.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return cm.read_network(path)


def refused(tmp_path, text, *words, name="network.yaml"):
    with pytest.raises(InputError) as error:
        read(tmp_path, text, name)
    for word in (name, *words):
        assert word in str(error.value), str(error.value)


def total(network):
    return cm.price(cm.meter(network, exact=True), BOOK).total_exact


# ---------------------------------------------------------------- what is read
def test_the_example_of_the_readme(tmp_path):
    """219 + 50 + 4.80 + 98.304 + 0.50"""
    assert total(read(tmp_path, README)) == Decimal("372.604")


def test_json_is_read_by_its_content(tmp_path):
    file = {"region": "us-east-1", "resources": [{"kind": "InterfaceEndpoint", "zones": 3, "gb_processed": 0.1}]}
    assert total(read(tmp_path, json.dumps(file), "network.txt")) == Decimal("21.901")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_utf_16_are_read(tmp_path, encoding):
    assert total(read(tmp_path, README.encode(encoding))) == Decimal("372.604")


def test_windows_lines_anchors_and_quoted_numbers(tmp_path):
    text = "region: us-east-1\r\nresources:\r\n  - &a {kind: PublicIpv4, hours: '100'}\r\n  - {<<: *a, name: other}\r\n"
    assert total(read(tmp_path, text)) == 1


def test_only_resources_is_required():
    assert total(read_network({"resources": []})) == 0
    assert total(read_network({"resources": [{"kind": "PublicIpv4", "region": "us-east-1"}]})) == Decimal("3.65")


def test_an_account_may_be_a_number():
    network = read_network({"region": "us-east-1", "resources": [{"kind": "PublicIpv4", "account": 1234}]})
    [(_, table)] = network
    assert table.account.decode_words().tolist() == table.payer.decode_words().tolist() == ["000000001234"]


@pytest.mark.parametrize("link", [{}, {"peer_region": "eu-west-1"}])
def test_the_other_side_of_a_peering_is_the_same_accounts_unless_it_is_named(link):
    entries = [
        {"kind": "VpcPeering", "account": 1, **link},
        {"kind": "VpcPeering", "account": 1, "peer_account": 2, **link},
    ]
    [(_, table)] = read_network({"region": "us-east-1", "resources": entries})
    one, other = f"{1:012d}", f"{2:012d}"
    assert table.account.decode_words().tolist() == table.payer.decode_words().tolist() == [one, one]
    assert table.peer_account.decode_words().tolist() == [one, other]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"kind": "InterfaceEndpoint", "service_region": "eu-west-1"}, CrossRegionInterfaceEndpoint),
        ({"kind": "NetworkLoadBalancer", "lcus": 1}, NetworkLoadBalancerUnits),
        ({"kind": "NetworkLoadBalancer", "protocols": {"tls": {"gb_processed": 1}}}, NetworkLoadBalancer),
        ({"kind": "NetworkLoadBalancer"}, NetworkLoadBalancer),
    ],
)
def test_a_variant_is_picked_by_what_is_given(entry, kind):
    network = read_network(
        {"region": "us-east-1", "resources": [{"zones": 1, **entry} if "service_region" in entry else entry]}
    )
    assert list(network.tables) == [kind]


def test_a_regional_nat_gateway_has_an_address_a_zone_unless_told():
    [(kind, table)] = read_network({"region": "us-east-1", "resources": [{"kind": "RegionalNatGateway", "zones": 3}]})
    assert kind is RegionalNatGateway
    assert table.public_ips.tolist() == [3]
    [(kind, table)] = read_network({"region": "us-east-1", "resources": [{"kind": "NatGateway"}]})
    assert kind is NatGateway
    assert table.public_ips.tolist() == [1]


@pytest.mark.parametrize(
    ("hours", "whole"), [(0.1 * 3 * 10, 3), (99.0000000001, 99), (99.01, 100), (0, 0), (1460, 1460)]
)
def test_hours_are_whole_ones_but_for_the_noise_of_floats(hours, whole):
    connection = {"kind": "VpnConnection", "hours": hours, "public_ips": 0}
    network = read_network({"region": "us-east-1", "resources": [connection]})
    assert total(network) == whole * Decimal("0.05")


def test_an_endpoint_without_zones_is_noticed():
    network = read_network({"region": "us-east-1", "resources": [{"kind": "InterfaceEndpoint", "name": "kms"}]})
    assert network.notes == ["kms: no 'zones' given, so no hours of this InterfaceEndpoint are counted."]


@pytest.mark.parametrize(
    ("region", "to_region", "cost"),
    [
        ("us-east-1", "us-gov-east-1", "2.00"),
        ("us-gov-east-1", "us-east-1", "3.00"),
        ("cn-north-1", "cn-northwest-1", "60.03"),
    ],
)
def test_transfer_to_another_partition_is_counted_where_it_is_sold(region, to_region, cost):
    transfer = {"kind": "InterRegionTransfer", "to_region": to_region, "gb_sent": 100}
    assert total(read_network({"region": region, "resources": [transfer]})) == Decimal(cost)


# ---------------------------------------------------------------- what is wrong, and how it is said
ONE = "region: us-east-1\nresources:\n  - {kind: InterfaceEndpoint, zones: 1, %s}\n"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("gb: 5", ["line 3", "unknown key 'gb' in an InterfaceEndpoint", "Known: account, count"]),
        ("gb_procesed: 5", ["line 3", "Did you mean 'gb_processed'?"]),
        ("gb_processed: -1", ["line 3", "'gb_processed' must not be negative: -1"]),
        ("gb_processed: .nan", ["line 3", "'gb_processed' must be finite"]),
        ("gb_processed: .inf", ["line 3", "'gb_processed' must be finite"]),
        ("gb_processed: 1e999", ["line 3", "'gb_processed' must be finite"]),
        ("gb_processed: 1e30", ["line 3", "'gb_processed' must be at most 1,000,000,000,000,000"]),
        (f"gb_processed: {'9' * 5000}", ["line 3", "'gb_processed' must be finite", "9999 …"]),
        ("count: 9223372036854775808", ["line 3", "'count' must be at most"]),
        ("gb_processed: ", ["line 3", "'gb_processed' is blank: give it a value, or leave the key out"]),
        ("account: [1, 2]", ["line 3", "'account' must be an account number, not a list"]),
        ("account: 1.5", ["line 3", "'account' must be an account number, not 1.5"]),
        ("name: [a]", ["line 3", "'name' must be text, not a list"]),
        ("region: no", ["line 3", "unknown Region yes or no"]),
        ("region: US-EAST-1", ["Did you mean 'us-east-1'?"]),
        ("service_region: us-west-2-lax-1", ["'us-west-2-lax-1' is a zone; 'service_region' is a Region"]),
        ("gb_sent: 5", ["'gb_sent' of an InterfaceEndpoint needs 'service_region', which is missing"]),
        ("gb_processed: lots", ["line 3", "'gb_processed' must be a number, not 'lots'"]),
        ("gb_processed: true", ["line 3", "'gb_processed' must be a number, not yes or no"]),
        ("gb_processed: [1]", ["line 3", "'gb_processed' must be a number, not a list"]),
        ("count: 1.5", ["line 3", "'count' must be a whole number, not 1.5"]),
        ("hours: -3", ["line 3", "'hours' must not be negative"]),
        ("region: us-east-9", ["line 3", "unknown Region 'us-east-9'. Did you mean 'us-east-"]),
        (
            "service_region: us-east-1",
            ["line 3", "'service_region' is the resource's own Region; name another one, or leave it out"],
        ),
        (
            "service_region: eu-west-1, gb_processed: 5",
            ["line 3", "unknown key 'gb_processed' in an InterfaceEndpoint (with service_region)"],
        ),
        (
            "service_region: us-gov-west-1",
            [
                "network.yaml, line 3",
                "'service_region': us-gov-west-1 is in the partition aws-us-gov, us-east-1 in aws",
                "Name a Region of aws; for traffic over public addresses use InterRegionTransfer.",
            ],
        ),
        ("service_region: cn-north-1", ["line 3", "in the partition aws-cn", "use InterRegionTransfer"]),
        ("gb_processed: 1, gb_processed: 2", ["line 3", "the key 'gb_processed' appears twice"]),
    ],
)
def test_an_entry_that_is_wrong(tmp_path, entry, words):
    refused(tmp_path, ONE % entry, *words)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("{}", ["no 'kind'. Kinds: InterfaceEndpoint, GatewayEndpoint"]),
        ("{kind: InterfaceEndpont}", ["unknown kind 'InterfaceEndpont'. Did you mean 'InterfaceEndpoint'?"]),
        ("[]", ["a resource is a mapping with a 'kind', not a list"]),
        ("{kind: TransitGatewayAttachment}", ["'attachment' of a TransitGatewayAttachment is one of", "not nothing"]),
        ("{kind: TransitGatewayAttachment, attachment: vps}", ["one of connect, direct-connect, peering, vpc, vpn, not 'vps'"]),
        ("{kind: NetworkLoadBalancer, protocols: {http: {gb_processed: 1}}}", ["unknown key 'http' in 'protocols'", "Known: tcp, udp, tls"]),
        ("{kind: NetworkLoadBalancer, protocols: {tcp: {gb: 1}}}", ["unknown key 'gb' in 'tcp'"]),
        ("{kind: TransitGatewayAttachment, attachment: peering, peer_region: us-gov-west-1}", ["'peer_region'", "in the partition aws-us-gov"]),
        ("{kind: VpcPeering, peer_region: us-gov-west-1}", ["'peer_region'", "links no two partitions this way"]),
        ("{kind: NetworkLoadBalancer, protocols: 3}", ["'protocols' must be a mapping, not 3"]),
        ("{kind: NetworkLoadBalancer, lcus: 1, protocols: {}}", ["unknown key 'protocols' in a NetworkLoadBalancer (with lcus)"]),
        ("{kind: DirectConnectPort, speed: 3G, type: hosted, location: us}", ["'speed' is one of 50M, 100M", "not '3G'"]),
        ("{kind: DirectConnectPort, speed: 1G, type: hosted}", ["a DirectConnectPort needs 'location', one of us, japan, other"]),
        ("{kind: InterRegionTransfer, to_region: us-east-1}", ["name another one, or within a Region use InterZoneTransfer"]),
        ("{kind: VpcPeering, peer_account: 1.5}", ["'peer_account' must be an account number, not 1.5"]),
        ("{kind: NatGateway, peer_account: 1}", ["unknown key 'peer_account' in a NatGateway"]),
        ("{kind: VpcPeering, gb_sent: 1}", ["'gb_sent' of a VpcPeering needs 'peer_region', which is missing"]),
        ("{kind: InterRegionTransfer, gb_sent: 1}", ["an InterRegionTransfer needs 'to_region'"]),
    ],
)  # fmt: skip
def test_a_resource_that_is_none(tmp_path, resource, words):
    refused(tmp_path, f"region: us-east-1\nresources:\n  - {resource}\n", "line 3", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("region: us-east-1\nresources: [\n", ["line 2", "not valid YAML"]),
        ("region: us-east-1\nresources:\n\t- {}\n", ["line 3", "not valid YAML"]),
        ('{"region": "us-east-1",\n "resources": [}', ["line 2", "not valid JSON", "column 16"]),
        ('{"region": "us-east-1",\n "region": "us-east-2", "resources": []}', ["line 2", "the key 'region' appears twice"]),
        ("region: us-east-1\nvpcs: []\nflows: []\n", ["this is a demand file", "`costmodel compare`"]),
        ("on: 9999-12-31\nresources: []\n", ["'on' must be a date"]),
        ("hours:\nresources: []\n", ["line 1", "'hours' is blank"]),
        ("region: us-east-1".encode("utf-16-le"), ["it contains zero bytes", "Save it as UTF-8"]),
        ("region: us-east-1\nregion: us-east-2\nresources: []\n", ["line 2", "the key 'region' appears twice"]),
        ("resources: 3\n", ["line 1", "'resources' must be a list"]),
        ("region: us-east-1\n", ["a network file needs 'resources', a list"]),
        ("- 1\n", ["a network file is a mapping with the key 'resources', not a list"]),
        ("just text\n", ["not 'just text'"]),
        ("regions: us-east-1\nresources: []\n", ["line 1", "unknown key 'regions'", "Did you mean 'region'?"]),
        ("region: moon-1\nresources: []\n", ["line 1", "unknown Region 'moon-1'"]),
        ("resources:\n  - {kind: PublicIpv4}\n", ["line 2", "the Region is missing: set 'region'"]),
        ("region: us-east-1\non: soon\nresources: []\n", ["line 2", "'on' must be a date such as 2026-11-01, not 'soon'"]),
        ("hours: all\nresources: []\n", ["line 1", "'hours' must be a number"]),
        ("assumptions: [1]\nresources: []\n", ["line 1", "'assumptions' must be a mapping"]),
        ("assumptions: {gwlb-hour: zone}\nresources: []\n", ["line 1", "Unknown assumption 'gwlb-hour'. Did you mean 'gwlb-hours'?"]),
        ("assumptions: {gwlb-hours: day}\nresources: []\n", ["gwlb-hours is one of zone, balancer, not 'day'"]),
        ("? {a: 1}\n: 2\n", ["a mapping or a list cannot be a key"]),
        (b"\xff\xfe\x00", ["not text in UTF-8 or UTF-16"]),
        (b"caf\xe9: 1\n", ["not text in UTF-8 or UTF-16 (byte 3)"]),
        ("", ["is empty"]),
        (" \n\t\n", ["is empty"]),
        ("# only a comment\n", ["contains only comments"]),
        ("[" * 100_000, ["nested too deeply"]),
        ("<<: 5\nregion: us-east-1\n", ["line 1", "'<<' merges the keys of a mapping, and 5 is not a mapping"]),
        ("<<: [{region: us-east-1}, x]\n", ["line 1", "and 'x' is not a mapping"]),
    ],
)  # fmt: skip
def test_a_file_that_is_none(tmp_path, text, words):
    refused(tmp_path, text, *words)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.yaml: cannot be read \(No such file or directory\)"):
        cm.read_network(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        cm.read_network(tmp_path)


@pytest.mark.parametrize("filling", [b"\0", b" "])
def test_200_mb_of_nothing_is_refused_without_being_held(tmp_path, filling):
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(filling * (1 << 20))
    code = (
        "import sys, pathlib; sys.argv = ['costmodel', 'estimate', sys.argv[1]]; from costmodel.cli import main\n"
        "try: main()\n"
        "finally: print(pathlib.Path('/proc/self/status').read_text())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is empty (209,715,200 bytes, none of them text)" in done.stderr
    assert int(done.stdout.split("VmHWM:")[1].split()[0]) < 100 * 1024


def test_a_json_file_is_no_yaml(tmp_path):
    refused(tmp_path, '{"region": "us-east-1", "resources": [],}', "not valid JSON", name="network.json")


LAUGHS = ["&a [x, x, x, x, x, x, x, x, x]"]
LAUGHS += [f"&{this} [{', '.join([f'*{below}'] * 9)}]" for this, below in zip("bcdefghi", "abcdefgh", strict=True)]


@pytest.mark.parametrize("key", ["name", "account", "region", "hours", "count", "gb_processed", "kind"])
def test_a_thousand_million_laughs_in_a_value_are_refused_at_once(tmp_path, key):
    entry = {"kind": "InterfaceEndpoint", key: f"[{', '.join(LAUGHS)}]"}
    text = ", ".join(f"{k}: {v}" for k, v in entry.items())
    refused(tmp_path, f"region: us-east-1\nresources:\n- {{{text}}}\n", "line 3", "a list")


@pytest.mark.parametrize("key", ["on", "region", "hours", "assumptions"])
def test_and_in_a_value_of_the_file(tmp_path, key):
    refused(tmp_path, f"{key}: [{', '.join(LAUGHS)}]\nresources: []\n", "line 1")


def test_a_thousand_million_laughs_are_told_apart_from_a_network(tmp_path):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for this, below in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{this}: &{this} [{', '.join([f'*{below}'] * 9)}]")
    refused(tmp_path, "\n".join(lines), "unknown key 'a'")


def test_a_mapping_read_by_another_yaml_reader_is_a_network():
    text = "region: us-east-1\non: 2026-11-01\nresources: [{kind: PublicIpv4, hours: 1.5}]\n"
    network = read_network(yaml.safe_load(text))
    assert network.on == date(2026, 11, 1)
    assert len(network) == 1


def test_two_names_as_close_are_both_suggested():
    with pytest.raises(InputError, match=r"Did you mean 'us-east-1' or 'us-west-1'\?"):
        read_network({"region": "us-est-1", "resources": []})
