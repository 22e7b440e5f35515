"""CDK cloud assemblies and nested stacks: every stack in its account and Region."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

import costmodel as cm
from costmodel.core.errors import InputError
from costmodel.network.reading.load import parse_estate, parse_network_text
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


NESTED = "Resources: {Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./child.yaml}}}\n"


def test_an_upload_reads_no_file_of_this_machine(tmp_path, monkeypatch):
    """Text without a path has no folder: a page that prices an upload opens nothing that the upload names."""
    (tmp_path / "child.yaml").write_text("Resources: {N: {Type: AWS::EC2::NatGateway}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    estate = parse_estate(parse_network_text(NESTED, "t.yaml"), settings={"region": "eu-west-1"})
    assert (estate.entries, [entry.name for entry in estate.left_out]) == ([], ["Child"])


def test_a_nested_stack_that_may_not_exist_counts_as_nothing_at_least(tmp_path):
    (tmp_path / "child.yaml").write_text(
        "Resources: {N: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: s, AllocationId: e}}}\n", encoding="utf-8"
    )
    path = tmp_path / "parent.yaml"
    condition = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
    path.write_text(condition + NESTED.replace("Properties", "Condition: C, Properties"), encoding="utf-8")
    bill = cm.price(cm.meter(cm.read_network(path, settings={"region": "eu-west-1"}), exact=True), BOOK, partial=True)
    assert (bill.total, bill.openness.at_most["USD"]) == (0, NAT + ADDRESS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Net.template.json", "[]"),
        ("Net.template.json", '{"Resources": []}'),
        ("Net.template.json", "{"),
        ("child.nested.template.json", '{"hello": 1}'),
        ("manifest.json", '{"artifacts": {}}'),
        ("manifest.json", json.dumps({"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {
            "templateFile": "../secret.json"}}}})),
        ("manifest.json", json.dumps({"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {
            "directoryName": "."}}}})),
    ],
)  # fmt: skip
def test_a_wrong_assembly_is_refused(assembly, name, content):
    (assembly.parent / "secret.json").write_text('{"Resources": {}}', encoding="utf-8")
    (assembly / name).write_text(content, encoding="utf-8")
    done = run("estimate", assembly, "--set", "region=eu-west-1")
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output


def test_stacks_in_stacks_end(tmp_path):
    """A template that nests itself twice, under conditions that nobody decides: 2 to the power of the depth."""
    text = "Parameters: {P: {Type: String}, Q: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\nResources:\n"
    for n in range(2):
        text += (
            f"  S{n}: {{Type: AWS::CloudFormation::Stack, Condition: C, Properties: {{TemplateURL: ./t.yaml, "
            f"Parameters: {{Q: !Sub '${{Q}}{n}'}}}}}}\n"
        )
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    start = time.perf_counter()
    cm.read_network(tmp_path / "t.yaml", settings={"region": "eu-west-1", "parameter.Q": "a"})
    assert time.perf_counter() - start < 20
