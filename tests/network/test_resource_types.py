"""The table of resource types, and what readers do with values of the wrong type."""

from __future__ import annotations

import contextlib

import pytest

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.aws import VARIANTS
from costmodel.core.errors import CostmodelError, InputError
from costmodel.documents.document import Document
from costmodel.network.reading.load import read_estate
from costmodel.network.reading.resource_types import (
    CLOUDFORMATION_TYPES,
    NO_CHARGE,
    NOT_PRICED,
    TERRAFORM_TYPES,
    cloudformation,
    find_cloudformation_type,
    list_resource_types,
    load_types_without_reader,
    terraform,
)
from costmodel.network.reading.terraform import read_terraform_plan
from tests.support.plans import plan, resource

ODD_VALUES = [None, "x", "", [], {}, 3, 2.5, True, ["a"], {"a": 1}, -1, [None], [{"a": [1]}], [["b"]]]


def test_the_table_has_every_registered_type_and_no_type_twice():
    table = list_resource_types()
    names = [row.terraform for row in table]
    assert len(names) == len(set(names))
    assert set(TERRAFORM_TYPES) | set(load_types_without_reader()) == set(names)
    from_cloudformation = [name for row in table for name in row.cloudformation]
    assert len(from_cloudformation) == len(set(from_cloudformation))
    assert set(CLOUDFORMATION_TYPES) <= set(from_cloudformation)
    assert all(find_cloudformation_type(name) is not None for name in from_cloudformation)


@pytest.mark.parametrize("row", list_resource_types(), ids=lambda row: row.terraform)
def test_a_type_has_kinds_or_a_reason(row):
    assert set(row.kinds) <= set(VARIANTS)
    if row.terraform in TERRAFORM_TYPES:
        assert (row.charge, row.why) == ("", "")
    else:
        assert row.kinds == ()
        assert row.charge in (NOT_PRICED, NO_CHARGE)
        assert row.why


def test_a_type_is_registered_once():
    with pytest.raises(ValueError, match="aws_eip is registered twice"):
        terraform("aws_eip", kinds=("PublicIpv4",))(lambda model, resource: iter(()))
    with pytest.raises(ValueError, match="AWS::EC2::EIP is registered twice"):
        cloudformation("AWS::EC2::EIP", reads_as="aws_eip")(lambda model, resource: iter(()))


class _Odd(dict):
    """An object that has one value under every key."""

    def __init__(self, value):
        super().__init__(region="us-east-1")
        self.value = value

    def get(self, key, default=None):
        return "us-east-1" if key == "region" else self.value

    def items(self):
        return {"a": self.value}.items()


@pytest.mark.parametrize("type_", [row.terraform for row in list_resource_types()])
def test_every_attribute_of_a_type_may_have_any_value(type_):
    for value in ODD_VALUES:
        content = plan(resource(f"{type_}.r"), resource("aws_vpc.v"))
        content["planned_values"]["root_module"]["resources"][0]["values"] = _Odd(value)
        with contextlib.suppress(InputError):
            estate = read_estate(content)
            kinds = {entry["kind"] for entry in estate.entries if entry["name"] == f"{type_}.r"}
            assert kinds <= set(TERRAFORM_TYPES[type_].kinds if type_ in TERRAFORM_TYPES else ())
            estate.build_estate_demand()


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("planned_values", "root_module", "resources"), "x", "root_module.resources is a text, not a list"),
        (("planned_values", "root_module", "resources", 0), 3, "resources[0] is a number, not an object"),
        (("configuration",), ["a"], "configuration is a list, not an object"),
        (("resource_changes",), {"a": 1}, "resource_changes is an object, not a list"),
        (
            ("planned_values", "root_module", "resources", 0, "values", "connectivity_type"),
            ["public"],
            "aws_nat_gateway.n.connectivity_type is a list, not a text",
        ),
    ],
)
def test_a_damaged_part_is_named(path, value, says):
    content = plan(resource("aws_nat_gateway.n", connectivity_type="private"))
    node = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(InputError) as caught:
        read_estate(content)
    assert says in str(caught.value)
    assert "terraform show -json" in str(caught.value)


def test_an_error_of_a_reader_is_not_reported_as_a_damaged_file(monkeypatch):
    def fail(model, resource):
        raise KeyError("a mistake of ours")

    broken = TERRAFORM_TYPES["aws_eip"].__class__("aws_eip", ("PublicIpv4",), fail)
    monkeypatch.setitem(TERRAFORM_TYPES, "aws_eip", broken)
    with pytest.raises(KeyError, match="a mistake of ours"):
        read_terraform_plan(Document(plan(resource("aws_eip.a")), "plan.json", ""), {})


FUNCTIONS = [
    "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Fn::If", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Split",
    "Fn::Select", "Fn::GetAZs", "Fn::FindInMap", "Fn::Cidr", "Fn::Length", "Fn::Base64", "Fn::ImportValue", "Ref",
    "Condition", "Fn::Unknown",
]  # fmt: skip
ARGUMENTS = [*ODD_VALUES, ["a", "b"], [1, 2, 3], ["a", ["b"]], [["a"], {"b": 1}], [5, ["a"]], ["x", "y", "z", "w"]]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_with_wrong_arguments_is_read_or_refused_but_never_a_crash(function):
    for argument in ARGUMENTS:
        properties = {"ConnectivityType": {function: argument}, "SubnetId": [{function: argument}]}
        resources = {"Nat": {"Type": "AWS::EC2::NatGateway", "Properties": properties}}
        with contextlib.suppress(CostmodelError):
            read_estate({"Resources": resources}, settings={"region": "us-east-1"})


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({"Fn::Equals": ["a"]}, "Fn::Equals has 1 arguments instead of 2"),
        ({"Fn::If": "a"}, "Fn::If has arguments that are not a list"),
        ({"Fn::Select": ["first", ["a"]]}, "Fn::Select has the argument 'first', which is not a whole number"),
    ],
)
def test_a_function_with_wrong_arguments_is_named(node, says):
    resources = {"Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"ConnectivityType": node}}}
    with pytest.raises(InputError) as caught:
        read_estate({"Resources": resources}, settings={"region": "us-east-1"})
    assert says in str(caught.value)
