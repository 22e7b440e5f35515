"""What a bill's rows are: every usage type of the price table, and the traps that usage types hold."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from costmodel.aws import METERS
from costmodel.pricing.reading.usage_types import load_classifier
from costmodel.pricing.usage_types import EXCLUDED, NETWORK, OTHER, Key

CLASSIFIER = load_classifier()
AREAS = {"global"}


def said(usage_type="", *, service="", operation="", line_type="Usage", description="", region="", to_region=""):
    return CLASSIFIER.classify(Key(service, usage_type, operation, line_type, description, region, to_region))


def price_rows():
    with Path("data/pricing/prices.csv").open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["usage_type"]]


def operation_of(row):
    """The operation that the price row's note names, as AWS writes it on a bill."""
    noted = row["note"].partition("operation=")[2]
    return noted.split(",")[0].split(";")[0].split(" (")[0].split(" / ")[0].strip()


SERVICES = {"network_firewall": "AWSNetworkFirewall", "cloudwan": "AWSCloudWAN", "clb_gb": "AWSELB"}
FALLBACK = {
    "alb_hour": "LoadBalancing:Application",
    "alb_lcu_hour": "LoadBalancing:Application",
    "nlb_lcu_hour": "LoadBalancing:Network",
    "gwlb_hour": "LoadBalancing:Gateway",
    "gwlb_lcu_hour": "LoadBalancing:Gateway",
    "nlb_hour": "LoadBalancing:Network",
}


def test_every_usage_type_of_the_price_table_is_its_own_meter():
    wrong = defaultdict(set)
    for row in price_rows():
        meter = row["meter"]
        service = next((s for start, s in SERVICES.items() if meter.startswith(start)), "")
        operation = FALLBACK.get(meter) or operation_of(row)
        region = "" if row["location"] in AREAS else row["location"]
        told = said(row["usage_type"], service=service, operation=operation, region=region)
        if (told.part, told.meter, told.reason) != (NETWORK, meter, "") or (region and told.location != region):
            wrong[meter].add((row["usage_type"], operation, told))
    assert not wrong


def test_the_regions_of_a_pair_stand_in_the_usage_type():
    pairs = [r for r in price_rows() if r["meter"] == "inter_region_out_gb"]
    assert len(pairs) > 500
    for row in pairs:
        told = said(row["usage_type"])
        assert (told.location, told.counterpart) == (row["location"], row["counterpart"])


def test_every_meter_with_a_charge_rule_and_a_usage_type_stands_in_the_table():
    for meter in METERS.values():
        if meter.usage_type is None:
            continue
        prefix = "USE1-USW2-" if meter.to else "" if meter.everywhere else "USE1-"
        told = said(prefix + meter.usage_type, operation=meter.operation or "", service=meter.service.code)
        assert told.meter == meter.id, meter.usage_type


@pytest.mark.parametrize(
    ("usage_type", "operation", "service", "meter"),
    [
        ("RegionalNatGateway-Hours", "RegionalNatGateway", "AmazonEC2", "regional_nat_gateway_hour"),
        ("USE1-RegionalNatGateway-Bytes", "RegionalNatGateway", "AmazonEC2", "regional_nat_gateway_gb"),
        ("NatGateway-Hours", "NatGateway", "AmazonEC2", "nat_gateway_hour"),
        ("EUW1-NatGateway-Hours", "NatGateway", "AmazonEC2", "nat_gateway_hour"),
        ("EU-NatGateway-Bytes", "NatGateway", "AmazonEC2", "nat_gateway_gb"),
        ("APN1-NatGateway-Prvd-Bytes", "NatGateway", "AmazonEC2", "nat_gateway_provisioned_gb"),
        ("USE1-VpcEndpoint-GWLBE-Hours", "VpcEndpoint", "AmazonVPC", "gwlb_endpoint_hour"),
        ("USE1-VpcEndpoint-Resource-Hours", "VpcEndpoint", "AmazonVPC", "resource_endpoint_hour"),
        ("USE1-VpcEndpoint-Service-Hours", "VpcEndpoint", "AmazonVPC", "privatelink_cross_region_service_hour"),
        ("LoadBalancerUsage", "LoadBalancing:Application", "AWSELB", "alb_hour"),
        ("LoadBalancerUsage", "LoadBalancing:Network", "AWSELB", "nlb_hour"),
        ("LoadBalancerUsage", "LoadBalancing", "AWSELB", "clb_hour"),
        ("USW2-TS-LoadBalancerUsage", "LoadBalancing:Application", "AWSELB", "alb_trust_store_hour"),
        ("USE1-TransitGateway-Hours", "TransitGatewayPeering", "AmazonVPC", "tgw_peering_attachment_hour"),
        ("USE1-TransitGateway-Bytes", "TransitGatewayVPN", "AmazonVPC", "tgw_vpn_gb"),
        ("USE1-DNS-Queries", "", "AmazonRoute53", "route53_resolver_query"),
        ("DNS-Queries", "", "AmazonRoute53", "route53_standard_query"),
        ("USE1-Endpoint-Hour", "", "AWSNetworkFirewall", "network_firewall_endpoint_hour"),
        ("USE1-DataTransfer-xAZ-In-Bytes", "", "AmazonEC2", "cross_az_gb_each_direction"),
        ("EUC1-DataTransfer-Out-Bytes", "", "AmazonS3", "internet_out_gb"),
    ],
)
def test_traps(usage_type, operation, service, meter):
    assert said(usage_type, operation=operation, service=service).meter == meter


def test_a_usage_type_without_prefix_is_of_us_east_1_and_a_column_of_regions_wins():
    assert said("NatGateway-Hours").location == "us-east-1"
    assert said("CPT1-NatGateway-Hours").location == "af-south-1"
    assert said("NatGateway-Hours", region="eu-west-2").location == "eu-west-2"


def test_the_old_way_to_write_a_pair_names_the_other_region_alone():
    told = said("USW2-AWS-Out-Bytes", region="us-east-1")
    assert (told.meter, told.location, told.counterpart) == ("inter_region_out_gb", "us-east-1", "us-west-2")
    assert not said("USW2-USE1-AWS-In-Bytes").charged


def test_a_zone_has_no_price_that_is_known_by_its_prefix():
    told = said("LAX1-NatGateway-Hours", region="us-west-2")
    assert (told.part, told.meter) == (NETWORK, "nat_gateway_hour")
    assert "LAX1" in told.reason


def test_what_is_not_known_of_a_network_service_is_listed_and_of_another_service_is_not_network():
    assert "USE1-New-Thing" in said("USE1-New-Thing", service="AmazonVPC").reason
    assert said("USE1-New-Thing", service="AmazonEC2").part == OTHER
    assert said("BoxUsage:m5.large", service="AmazonEC2").part == OTHER
    assert "TransitGatewayNew" in said("USE1-TransitGateway-Hours", operation="TransitGatewayNew").reason


def test_cloudfront_has_a_price_list_of_its_own():
    assert said("US-DataTransfer-Out-Bytes", service="AmazonCloudFront").part == OTHER


@pytest.mark.parametrize(("line_type", "reason"), [("Tax", "tax"), ("Credit", "credit"), ("Refund", "refund")])
def test_what_is_no_price_of_anything_used_is_excluded(line_type, reason):
    told = said("NatGateway-Hours", line_type=line_type)
    assert (told.part, told.reason) == (EXCLUDED, reason)


def test_a_purchase_of_network_is_no_usage():
    assert said("NatGateway-Hours", line_type="Fee").part == EXCLUDED


@pytest.mark.parametrize(
    ("description", "meter", "there"),
    [
        ("$0.045 per NAT Gateway Hour", "nat_gateway_hour", ""),
        ("$0.045 per GB Data Processed by NAT Gateways", "nat_gateway_gb", ""),
        ("$0.01 per VPC Endpoint Hour", "interface_endpoint_hour", ""),
        ("$0.005 per Idle public IPv4 address per hour", "public_ipv4_idle_hour", ""),
        (
            "$0.02 per GB - US West (Oregon) data transfer to US East (Northern Virginia)",
            "inter_region_out_gb",
            "us-east-1",
        ),
        ("$0.02 per GB - EU (Germany) data transfer to Asia Pacific (Tokyo)", "inter_region_out_gb", "ap-northeast-1"),
        ("$0.00 per GB - US West (Oregon) data transfer from EU (Paris)", "inter_region_in_gb", "eu-west-3"),
        ("$0.02 per GB for EUN1-AWS-Out-Bytes in Africa (Cape Town)", "inter_region_out_gb", "eu-north-1"),
        (
            "$0.010 per GB - regional data transfer - in/out/between EC2 AZs or using elastic IPs or ELB",
            "cross_az_gb_each_direction",
            "",
        ),
        ("$0.090 per GB - first 10 TB / month data transfer out beyond the global free tier", "internet_out_gb", ""),
        ("$0.000 per GB - data transfer in per month", "internet_in_gb", ""),
        ("$0.000 per GB data transfer out of US East (Northern Virginia) to CloudFront", "cloudfront_origin_gb", ""),
        ("$0.025 per LoadBalancer-hour (or partial hour)", "clb_hour", ""),
        ("$0.006 per used Network load balancer capacity unit-hour (or partial hour)", "nlb_lcu_hour", ""),
        ("$0.023 per GB - first 50 TB / month of storage used", "", ""),
    ],
)
def test_without_usage_types_the_description_says_it(description, meter, there):
    told = said(description=description, region="af-south-1")
    assert (told.meter, told.counterpart) == (meter, there)


def test_a_description_that_names_nothing_is_listed():
    assert said(description="USD0.02 per GB for  in Middle East (Bahrain)").reason
