"""No silent type: every network type of CloudFormation's and Terraform's own registries is in one of our tables."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.network.reading.resource_types import list_resource_types
from costmodel.tabular.data_files import read_data_table

CLOUDFORMATION = re.compile(
    r"AWS::(EC2|ElasticLoadBalancing(V2)?|NetworkFirewall|NetworkManager|Route53\w*|VpcLattice|GlobalAccelerator"
    r"|DirectConnect|Interconnect|RTBFabric)::"
)
TERRAFORM = re.compile(
    r"aws_(vpc|subnet|default_(vpc|subnet|route|network|security)|ec2_|nat_|eip|lb$|lb_|alb|elb|load_balancer|dx_|vpn_"
    r"|networkfirewall|networkmanager|route|globalaccelerator|vpclattice|customer_gateway|egress|internet_gateway"
    r"|verifiedaccess|flow_log|msk_vpc|network_interface|network_acl|security_group|main_route)"
)
"""How the names of network types begin."""

KNOWN = {name for row in list_resource_types() for name in (row.terraform, *row.cloudformation)}
FREE = [re.compile(row["types"]) for row in read_data_table("catalogue", "free_types.csv")]


def list_silent(types):
    return sorted(name for name in types if name not in KNOWN and not any(free.fullmatch(name) for free in FREE))


def test_no_cloudformation_type_is_silent():
    manager = pytest.importorskip("cfnlint.schema.manager", reason="cfn-lint is not installed")
    types = manager.PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1")
    network = [name for name in types if CLOUDFORMATION.match(name)]
    assert len(network) > 150
    assert list_silent(network) == []


def test_no_terraform_type_is_silent(tmp_path):
    """Skipped where Terraform or the AWS provider is not on the machine."""
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("Terraform is not installed")
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n',
        encoding="utf-8",
    )

    def run(*arguments):
        return subprocess.run(
            [terraform, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        )  # fmt: skip

    if run("init", "-no-color", "-input=false").returncode:
        pytest.skip("Terraform's AWS provider cannot be had on this machine")
    told = run("providers", "schema", "-json")
    assert told.returncode == 0, told.stderr
    (provider,) = json.loads(told.stdout)["provider_schemas"].values()
    network = [name for name in provider["resource_schemas"] if TERRAFORM.match(name)]
    assert len(network) > 150
    assert list_silent(network) == []


@pytest.mark.parametrize("name", ["AWS::EC2::NatGatewayDeluxe", "aws_vpc_teleporter"])
def test_a_new_type_would_be_found(name):
    assert list_silent([name]) == [name]


def test_no_billed_type_is_called_free():
    """A pattern that takes in a type that is billed would hide a new one like it."""
    assert [name for name in KNOWN if any(free.fullmatch(name) for free in FREE) and name in BILLED] == []


BILLED = {
    name for row in list_resource_types() if row.charge != "none" for name in (row.terraform, *row.cloudformation)
} - {
    "aws_globalaccelerator_accelerator", "AWS::GlobalAccelerator::Accelerator", "aws_lb_trust_store",
    "aws_globalaccelerator_custom_routing_accelerator", "AWS::RTBFabric::RequesterGateway",
    "AWS::RTBFabric::ResponderGateway", "AWS::Route53GlobalResolver::GlobalResolver",
    "AWS::Route53RecoveryControl::Cluster", "AWS::Route53RecoveryReadiness::ReadinessCheck",
    "aws_route53recoverycontrolconfig_cluster", "aws_route53recoveryreadiness_readiness_check",
}  # fmt: skip
"""The types that are billed, without those whose service has a pattern for all of the others."""
