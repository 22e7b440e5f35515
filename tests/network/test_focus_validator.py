"""Our bills pass the FinOps Foundation's validator; and the validator, as driven here, finds what is wrong."""

from __future__ import annotations

import csv

import pytest
import yaml

import costmodel as cm
from costmodel.aws import KINDS
from costmodel.network.report import render_bill_csv
from tests.support import focus_validator
from tests.support.paths import ROOT

SAMPLE = ROOT / "tests" / "focus" / "two_charges.csv"

pytestmark = pytest.mark.focus_validator


@pytest.fixture(autouse=True)
def _installed(require):
    require("focus-validator", focus_validator.absent() is None, focus_validator.absent())


NETWORK = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 3, gb_processed: 500, count: 10}
  - {kind: NatGateway, region: eu-west-1, gb_processed: 2048, hours: 100, account: "111111111111"}
  - {kind: PrivateHostedZone, name: zone, count: 40}
"""

# Every kind, tiers that are passed, an allowance, a payer of several accounts, a Local Zone, another Region at the far end.
EVERYTHING = """
region: us-east-1
on: 2026-11-01
assumptions: {free-egress: counted}
resources:
  - {kind: InterfaceEndpoint, zones: 3, gb_processed: 6000000, account: "111111111111", payer: "999999999999"}
  - {kind: InterfaceEndpoint, zones: 2, gb_processed: 10, account: "222222222222", payer: "999999999999"}
  - {kind: InterfaceEndpoint, service_region: eu-west-1, zones: 3, gb_sent: 100, gb_received: 400}
  - {kind: GatewayEndpoint, gb_processed: 10000}
  - {kind: GatewayLoadBalancerEndpoint, zones: 2, gb_processed: 100}
  - {kind: ResourceEndpoint, gb_processed: 50}
  - {kind: ServiceNetworkEndpoint, zones: 2}
  - {kind: EndpointService, remote_regions: 2}
  - kind: NetworkLoadBalancer
    protocols: {tcp: {new_connections_per_second: 900, gb_processed: 800}, tls: {active_connections: 4000}}
  - {kind: GatewayLoadBalancer, zones: 2, new_connections_per_second: 1200, gb_processed: 9000}
  - {kind: LatticeService, gb_processed: 100, requests_per_hour: 500000}
  - {kind: LatticeResource, gb_processed: 20, gb_provided: 20}
  - {kind: NatGateway, gb_processed: 2048, hours: 100.5, public_ips: 2, gb_cross_zone: 10}
  - {kind: RegionalNatGateway, zones: 3, gb_processed: 100}
  - {kind: TransitGatewayAttachment, attachment: vpc, gb_sent: 100}
  - {kind: TransitGatewayAttachment, attachment: vpn, gb_sent: 100}
  - {kind: TransitGatewayAttachment, attachment: peering, peer_region: eu-west-1, gb_sent: 100}
  - {kind: VpcPeering, gb_cross_zone: 100}
  - {kind: VpcPeering, peer_region: ap-south-1, gb_sent: 10, gb_received: 20}
  - {kind: PublicIpv4, hours: 700.25}
  - {kind: ResolverEndpoint, ips: 2, queries: 2000000000}
  - {kind: PrivateHostedZone, count: 40}
  - {kind: ResolverProfile, associations: 120}
  - {kind: VpnConnection}
  - {kind: VpnConnection, bandwidth: large, concentrator: false}
  - {kind: VpnConcentrator, gb_sent: 10}
  - {kind: ClientVpnEndpoint, associations: 2, connection_hours: 100}
  - {kind: NetworkFirewall, name: fire, zones: 2, gb_processed: 100, secondary_endpoints: 1, advanced_inspection: true}
  - {kind: NatGateway, firewall: fire, gb_processed: 150, count: 3}
  - {kind: RegionalNatGateway, firewall: fire, zones: 2}
  - {kind: ApplicationLoadBalancer, active_connections: 9000, reserved_lcus: 1, trust_stores: 1}
  - {kind: ClassicLoadBalancer, gb_processed: 100}
  - {kind: CloudWanCoreNetworkEdge}
  - {kind: CloudWanAttachment, attachment: vpc, gb_sent: 100}
  - {kind: CloudWanAttachment, attachment: transit-gateway}
  - {kind: DnsFirewall, domains: 100, queries: 2000000000, advanced_rule_groups: 1}
  - {kind: Ipam, active_ips: 100}
  - {kind: TrafficMirrorSession}
  - {kind: ReachabilityAnalyzer, analyses: 3}
  - {kind: NetworkAccessAnalyzer, interfaces_assessed: 30}
  - {kind: VpcEncryptionControl, region: ap-south-2}
  - {kind: RouteServerEndpoint}
  - {kind: VerifiedAccessEndpoint, gb_processed: 10}
  - {kind: TransitGatewayMulticast, gb_received: 10}
  - {kind: TunnelEndpoint, region: ap-south-2}
  - {kind: PublicIpv4, state: idle}
  - {kind: VpcData, peer_region: eu-west-1, gb_sent: 10, gb_received: 20}
  - {kind: VpnData, peer_region: eu-west-1, gb_sent: 10, sent_account: "111111111111"}
  - {kind: DirectConnectData, peer_region: eu-west-1, gb_received: 20}
  - {kind: DirectConnectPort, speed: 1G, type: dedicated, location: us, gb_sent: 1000}
  - {kind: DirectConnectTransfer, port_location: us, gb_sent: 100}
  - {kind: ResolverProfileAssociation, count: 3}
  - {kind: ResourceGateway, gb_provided: 20}
  - {kind: InternetEgress, gb_sent: 200000}
  - {kind: InterZoneTransfer, gb: 100}
  - {kind: InterRegionTransfer, to_region: sa-east-1, gb_sent: 100}
"""


@pytest.mark.parametrize("text", [NETWORK, EVERYTHING], ids=["readme", "everything"])
def test_a_bill_is_valid_focus(tmp_path, text):
    (tmp_path / "network.yaml").write_text(text, encoding="utf-8")
    bill = cm.price(cm.meter(cm.read_network(tmp_path / "network.yaml")), cm.load_prices())
    (tmp_path / "bill.csv").write_text(render_bill_csv(bill), encoding="utf-8")
    assert focus_validator.validate(tmp_path / "bill.csv") == []
    bill.frame.to_csv(tmp_path / "frame.csv", index=False)
    assert focus_validator.validate(tmp_path / "frame.csv") == []


def test_the_bill_of_everything_holds_every_kind():
    kinds = {kind.kind for kind, _ in cm.read_network(yaml.safe_load(EVERYTHING))}
    assert kinds == {kind.kind for kind in KINDS}


def test_a_hand_written_bill_is_valid():
    assert focus_validator.validate(SAMPLE) == []


def test_what_is_wrong_is_found(tmp_path):
    wrong = {  # column: a value FOCUS does not allow, a rule that must say so
        "ChargePeriodStart": ("2026-11-01 00:00:00", "ChargePeriodStart-C-002-M"),
        "ListCost": ("1,219.0", "ListCost-C-003-M"),
        "ChargeClass": ("NULL", "ChargeClass-C-000-M"),
        "BillingCurrency": ("dollars", "BillingCurrency-C-000-M"),
        "ChargeCategory": ("Wires", "ChargeCategory-C-003-M"),
        "BillingAccountId": ("", "BillingAccountId-C-000-M"),
    }
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for (
        row
    ) in rows:  # every row: of a value not allowed the validator takes notice only where no row has an allowed one
        row.update({column: value for column, (value, _) in wrong.items()})
    with (tmp_path / "bill.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = set(focus_validator.validate(tmp_path / "bill.csv"))
    assert {rule for _, rule in wrong.values()} <= found
