"""What comes with a template, or in its place: parameter files, change sets, and files of other tools."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.network.bill import price
from costmodel.network.reading.cloudformation.parameter_file import read_parameter_file
from costmodel.network.reading.foreign import FOREIGN_FILES
from costmodel.network.reading.load import build_network_from_estate, read_estate
from costmodel.network.usage import meter
from tests.support.bill_uses import BOOK

ZONE = 7.30  # an interface endpoint for 730 hours in one zone of us-east-1, at 0.01 an hour
NAT = 36.50  # 730 × 0.045, and 730 × 0.005 for its address
TEMPLATE = {
    "Parameters": {"Subnets": {"Type": "CommaDelimitedList"}, "Zones": {"Type": "Number", "Default": 1}},
    "Resources": {
        "Ep": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcEndpointType": "Interface",
                "ServiceName": "com.amazonaws.us-east-1.kms",
                "VpcId": "vpc-1",
                "SubnetIds": {"Ref": "Subnets"},
            },
        }
    },
}


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def total(estate):
    return float(price(meter(build_network_from_estate(estate), exact=True), BOOK, partial=True).total)


# ---------------------------------------------------------------- parameter files
FORMS = {
    "cli.json": [{"ParameterKey": "Subnets", "ParameterValue": "a,b"}],
    "deploy.json": ["Subnets=a,b"],
    "pipeline.json": {"Parameters": {"Subnets": "a,b"}},
    "list.json": {"Subnets": ["a", "b"]},
    "plain.yaml": "Subnets: a,b\n",
    "samconfig.toml": '[default.deploy.parameters]\nparameter_overrides = "Zones=\\"2\\" Subnets=a,b"\n',
    "table.toml": '[default.deploy.parameters]\nparameter_overrides = ["Subnets=a,b"]\n',
    "keys.toml": '[only.global.parameters]\nparameter_overrides = "ParameterKey=Subnets,ParameterValue=a,b"\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_parameter_file_is_read(tmp_path, name):
    template = write(tmp_path / "template.json", TEMPLATE)
    told = run(
        "estimate", template, "--parameters", write(tmp_path / name, FORMS[name]), "--set", "region=us-east-1",
        "--format", "json",
    )  # fmt: skip
    assert told.exit_code == 0, told.stderr
    assert float(json.loads(told.stdout)["total"]) == 2 * ZONE


def test_a_setting_takes_precedence_over_the_file_and_the_file_names_the_region(tmp_path):
    sam = write(
        tmp_path / "samconfig.toml",
        '[default.global.parameters]\nregion = "us-east-1"\nstack_name = "s"\n'
        '[default.deploy.parameters]\nparameter_overrides = "Subnets=a,b"\n'
        '[prod.deploy.parameters]\nparameter_overrides = "Subnets=a,b,c"\n',
    )
    template = write(tmp_path / "template.json", TEMPLATE)
    for source, settings, zones in (
        (sam, (), 2),
        (f"{sam}#prod", ("--set", "region=us-east-1"), 3),
        (sam, ("--set", "parameter.Subnets=a"), 1),
    ):
        told = run("estimate", template, "--parameters", source, *settings, "--format", "json")
        assert float(json.loads(told.stdout)["total"]) == pytest.approx(zones * ZONE)


def test_a_value_that_only_the_deployed_stack_has_is_asked_for(tmp_path):
    template = write(tmp_path / "template.json", TEMPLATE)
    values = write(tmp_path / "p.json", [{"ParameterKey": "Subnets", "UsePreviousValue": True}])
    told = run("estimate", template, "--parameters", values, "--set", "region=us-east-1")
    assert told.exit_code == 2
    assert "Pass it with --set parameter.Subnets=VALUE" in told.stderr
    told = run(
        "estimate", template, "--parameters", values, "--set", "region=us-east-1", "--set", "parameter.Subnets=a"
    )
    assert told.exit_code == 0


WRONG = {
    "a.json": ([1], "is not a parameter"),
    "b.json": ({"Subnets": None}, "needs a text or a number"),
    "c.json": ({"Parameters": 3}, "neither a mapping nor a list"),
    "d.yaml": ("just text\n", "not a parameter file"),
    "e.toml": ("x = [", "not valid TOML"),
    "f.toml": ("[a.deploy.parameters]\n[b.deploy.parameters]\n", "no environment 'default'. It has a, b"),
    "g.toml": ('[default.deploy.parameters]\nparameter_overrides = "Subnets"\n', "is not KEY=VALUE"),
    "h.json": ({"Subnetz": "a"}, "Did you mean 'Subnets'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_parameter_file_is_refused_by_a_sentence(tmp_path, name):
    content, expected = WRONG[name]
    told = run(
        "estimate", write(tmp_path / "t.json", TEMPLATE), "--set", "region=us-east-1",
        "--parameters", write(tmp_path / name, content),
    )  # fmt: skip
    assert told.exit_code == 2
    assert expected in told.stderr


@given(values=st.dictionaries(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True), st.text(min_size=1, max_size=30)))
def test_the_forms_of_the_aws_cli_hold_the_same_values(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("parameters")
    listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    forms = (listed, [f"{key}={value}" for key, value in values.items()], {"Parameters": values})
    for number, form in enumerate(forms):
        assert read_parameter_file(str(write(folder / f"{number}.json", form))).values == values


# ---------------------------------------------------------------- change sets
LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def change(action, name, type_, before=None, after=None):
    contexts = {"BeforeContext": before, "AfterContext": after}
    texts = {key: json.dumps({"Properties": value}) for key, value in contexts.items() if value is not None}
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": type_, **texts},
    }


def endpoint(*subnets):
    return {**TEMPLATE["Resources"]["Ep"]["Properties"], "SubnetIds": list(subnets)}


def change_set(*changes, **more):
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1"
    return {"ChangeSetName": "c", "StackId": stack, "Changes": list(changes), **more}


CHANGES = change_set(
    change("Add", "Nat", "AWS::EC2::NatGateway", after={"SubnetId": LATER, "AllocationId": LATER}),
    change("Modify", "Ep", "AWS::EC2::VPCEndpoint", endpoint("a"), endpoint("a", LATER, LATER)),
    change("Remove", "Old", "AWS::EC2::VPCEndpoint", endpoint("a", "b")),
    change("Modify", "Role", "AWS::IAM::Role"),
)


def test_a_change_set_is_what_it_changes_before_and_after(tmp_path):
    path = write(tmp_path / "changes.json", CHANGES)
    assert total(read_estate(path)) == pytest.approx(NAT + 3 * ZONE)  # two subnets that are known later are two zones
    assert total(read_estate(path, before=True)) == pytest.approx(ZONE + 2 * ZONE)
    told = run("diff", path, "--format", "json")
    assert float(json.loads(told.stdout)["difference"]) == pytest.approx(NAT)
    assert "the other resources of the stack are not in the total" in run("estimate", path).stderr


def test_a_change_without_properties_is_open_and_never_a_default(tmp_path):
    path = write(
        tmp_path / "changes.json",
        change_set(
            change("Modify", "Ep", "AWS::EC2::VPCEndpoint"), change("Dynamic", "Nat", "AWS::EC2::NatGateway"),
            change("Modify", "Role", "AWS::IAM::Role"), change("Add", "Vpc", "AWS::EC2::VPC", after={}),
        ),
    )  # fmt: skip
    told = run("estimate", path, "--format", "json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert answer["total"] is None
    assert {item["where"] for item in answer["open"]} == {"Ep", "Nat"}


def test_what_is_imported_is_billed_before_and_after(tmp_path):
    path = write(
        tmp_path / "c.json", change_set(change("Import", "Ep", "AWS::EC2::VPCEndpoint", after=endpoint("a", "b")))
    )
    assert total(read_estate(path)) == total(read_estate(path, before=True)) == pytest.approx(2 * ZONE)


def test_a_page_of_a_change_set_is_refused(tmp_path):
    told = run("estimate", write(tmp_path / "c.json", change_set(NextToken="x")))
    assert told.exit_code == 2
    assert "more pages follow" in told.stderr


@pytest.mark.parametrize("body", [TEMPLATE, json.dumps(TEMPLATE), "Resources:\n  N: {Type: AWS::EC2::NatGateway}\n"])
def test_the_output_of_get_template_is_its_template(tmp_path, body):
    path = write(tmp_path / "got.json", {"TemplateBody": body, "StagesAvailable": ["Original"]})
    plain = write(tmp_path / "plain.yaml", body)
    settings = {"region": "us-east-1"}
    one, other = (read_estate(source, settings=settings) for source in (path, plain))
    assert (one.entries, one.unknown) == (other.entries, other.unknown)


@pytest.mark.parametrize("setting", ["parameter.X=1", "condition.X=true"])
def test_a_plan_has_no_parameters_and_a_template_no_variables(tmp_path, setting):
    plan = write(tmp_path / "plan.json", {"format_version": "1.2", "planned_values": {"root_module": {}}})
    template = write(tmp_path / "t.json", TEMPLATE)
    cases = ((("estimate", plan), setting), (("diff", plan), setting), (("estimate", template), "var.x=1"))
    for command, given_ in cases:
        told = run(*command, "--set", "region=us-east-1", "--set", given_)
        assert told.exit_code == 2
        assert "there are no" in told.stderr
    network = write(tmp_path / "n.yaml", "region: us-east-1\nresources: [{kind: InterfaceEndpoint, name: var.x}]\n")
    assert run("estimate", network, "--set", "var.x.zones=2").exit_code == 0  # a resource of that name


# ---------------------------------------------------------------- other tools
FOREIGN = {
    "pulumi preview": {"steps": [{"op": "create", "urn": "urn:pulumi:dev::x::aws:ec2/vpc:Vpc::v"}], "config": {}},
    "pulumi stack": {"version": 3, "deployment": {"resources": []}},
    "tree.json": {"version": "tree-0.1", "tree": {"id": "App"}},
    "serverless": {"service": "s", "provider": {"name": "aws"}, "functions": {}},
    "terraform source": {"resource": {"aws_vpc": {"a": {"cidr_block": "10.0.0.0/16"}}}},
}


def test_every_kind_of_foreign_file_has_a_case():
    assert [[kind.matches(value) for kind in FOREIGN_FILES].index(True) for value in FOREIGN.values()] == list(
        range(len(FOREIGN_FILES))
    )


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_tool_is_refused_with_what_to_pass_instead(tmp_path, name):
    path = write(tmp_path / "file.json", FOREIGN[name])
    with pytest.raises(InputError) as caught:
        read_estate(path)
    assert caught.value.remedy is not None
    assert "this is" in str(caught.value)
