"""CDK cloud assemblies and nested stacks: every stack in its account and Region."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import costmodel as cm
from costmodel.core.errors import InputError
from tests.support.run_cli import run

BOOK = cm.load_prices()
NAT, ADDRESS, ENDPOINT = Decimal("35.04"), Decimal("3.65"), Decimal("8.03")  # eu-west-1


def gateway(**more):
    return {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "s", "AllocationId": "e"}, **more}


def endpoint(subnets):
    name = {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".kms"]]}
    properties = {"ServiceName": name, "VpcEndpointType": "Interface", "VpcId": "v", "SubnetIds": subnets}
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


@pytest.fixture
def assembly(tmp_path):
    """Two stacks: the second imports two subnets of the first, which has a nested stack."""
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "child.nested.template.json"},
              "Properties": {"TemplateURL": {"Fn::Sub": "https://x/${AWS::Region}"}, "Parameters": {"S": "a,b"}}}  # fmt: skip
    outputs = {f"O{n}": {"Value": f"s{n}", "Export": {"Name": f"Net:{n}"}} for n in (1, 2)}
    child = {"Parameters": {"S": {"Type": "CommaDelimitedList"}}, "Resources": {"K": endpoint({"Ref": "S"})}}
    imported = [{"Fn::ImportValue": f"Net:{n}"} for n in (1, 2)]
    files = {
        "Net.template.json": {"Resources": {"N": gateway(), "Child": nested}, "Outputs": outputs},
        "App.template.json": {"Resources": {"E": endpoint(imported)}},
        "child.nested.template.json": child,
        "manifest.json": {"version": "1", "artifacts": {
            "App": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
                    "properties": {"templateFile": "App.template.json"}, "dependencies": ["Net"]},
            "Net": {"type": "aws:cloudformation:stack", "environment": "aws://111111111111/eu-west-1",
                    "properties": {"templateFile": "Net.template.json"}},
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        }},
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize("which", ["", "manifest.json"])
def test_every_stack_is_priced_in_its_region(assembly, which):
    network = cm.read_network(assembly / which if which else assembly, settings={"region": "eu-west-1"})
    bill = cm.price(cm.meter(network, exact=True), BOOK)
    assert bill.total == NAT + ADDRESS + 2 * ENDPOINT + 2 * ENDPOINT
    accounts = {r["ResourceName"]: r["SubAccountId"] for r in bill.frame.to_dict("records")}
    assert accounts == {"Net/N": "111111111111", "Net/Child/K": "111111111111", "App/E": "000000000000"}


def test_a_stack_without_a_region_is_asked_for(assembly):
    done = run("estimate", assembly)
    assert done.exit_code == 2
    assert "--set region=" in done.stderr


def test_quantities_are_given_by_the_names_of_stacks(assembly):
    asked = ("--set", "region=eu-west-1", "--set", "App/E.zones=3", "--format", "json")
    done = run("estimate", assembly, *asked)
    assert Decimal(json.loads(done.stdout)["total"]) == NAT + ADDRESS + 5 * ENDPOINT


def test_a_setting_that_no_stack_has_is_refused(assembly):
    with pytest.raises(InputError, match=r"parameter\.Nothing: no stack"):
        cm.read_network(assembly, settings={"region": "eu-west-1", "parameter.Nothing": "1"})


def test_a_nested_template_is_read_next_to_its_parent_only(tmp_path):
    parent = {"Resources": {
        "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./child.yaml"}},
        "Far": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "../secret.yaml"}},
    }}  # fmt: skip
    folder = tmp_path / "stacks"
    folder.mkdir()
    text = "Resources: {N: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: s, AllocationId: e}}}\n"
    (folder / "child.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "secret.yaml").write_text(text, encoding="utf-8")
    (folder / "parent.json").write_text(json.dumps(parent), encoding="utf-8")
    network = cm.read_network(folder / "parent.json", settings={"region": "eu-west-1"})
    bill = cm.price(cm.meter(network, exact=True), BOOK, partial=True)
    assert bill.total == NAT + ADDRESS
    assert [item.where for item in bill.open] == ["Far"]
