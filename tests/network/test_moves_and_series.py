"""Usage that survives what a plan moves and removes, and several plans in one file."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from costmodel.cli import main
from costmodel.documents.document import parse_document
from costmodel.network.bill import price
from costmodel.network.reading.load import build_network_from_estate, read_estate
from costmodel.network.usage import meter
from tests.support.bill_uses import BOOK
from tests.support.plans import plan, resource

ZONE = 7.30  # an interface endpoint for 730 hours in one zone of us-east-1, at 0.01 an hour
GB = 0.01  # of an interface endpoint, in the first tier


def endpoint(address, *subnets, **more):
    service = "com.amazonaws.us-east-1.kms"
    return resource(address, vpc_endpoint_type="Interface", service_name=service, subnet_ids=list(subnets), **more)


def moved_plan(new="aws_vpc_endpoint.new", old="aws_vpc_endpoint.old"):
    """A plan that moves one endpoint and deletes another."""
    made = plan(endpoint(new, "a", actions=("no-op",)), endpoint("aws_vpc_endpoint.gone", "a", actions=("delete",)))
    for change in made["resource_changes"]:
        values = endpoint("aws_vpc_endpoint.x", "a")["values"]
        change["change"]["before"] = values
        if change["address"] == new:
            change["previous_address"] = old
    before = [
        {"address": address, "mode": "managed", "type": "aws_vpc_endpoint", "name": address.split(".")[1].split("[")[0],
         "values": endpoint(address, "a")["values"]}
        for address in (old, "aws_vpc_endpoint.gone")
    ]  # fmt: skip
    made["prior_state"] = {"values": {"root_module": {"resources": before}}}
    return made


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def total(estate):
    return float(price(meter(build_network_from_estate(estate), exact=True), BOOK, partial=True).total)


@pytest.mark.parametrize(
    "name",
    ["aws_vpc_endpoint.old", "aws_vpc_endpoint.new", "InterfaceEndpoint:aws_vpc_endpoint.old"],
)
def test_usage_of_a_moved_resource_counts_on_both_sides_under_either_address(tmp_path, name):
    path = write(tmp_path / "plan.json", moved_plan())
    usage = {"usage": {name: {"gb_processed": 1000}}}
    assert total(read_estate(path, usage=usage)) == pytest.approx(ZONE + 1000 * GB)
    told = CliRunner().invoke(
        main, ["diff", str(path), "--usage", str(write(tmp_path / "usage.json", usage)), "--format", "json"]
    )
    assert told.exit_code == 0, told.output
    assert float(json.loads(told.stdout)["difference"]) == pytest.approx(-ZONE)  # the deleted endpoint alone


def test_usage_of_the_new_address_goes_before_that_of_the_old_one(tmp_path):
    path = write(tmp_path / "plan.json", moved_plan())
    usage = {"usage": {f"aws_vpc_endpoint.{name}": {"gb_processed": gb} for name, gb in (("old", 1), ("new", 1000))}}
    assert total(read_estate(path, usage=usage)) == pytest.approx(ZONE + 1000 * GB)


def test_usage_of_a_removed_resource_is_no_error(tmp_path):
    path = write(tmp_path / "plan.json", moved_plan())
    usage = {"usage": {"aws_vpc_endpoint.gone": {"gb_processed": 1000}}}
    assert total(read_estate(path, usage=usage)) == pytest.approx(ZONE)
    assert total(read_estate(path, usage=usage, before=True)) == pytest.approx(2 * ZONE + 1000 * GB)
    told = CliRunner().invoke(main, ["estimate", str(path), "--set", "aws_vpc_endpoint.gon.gb_processed=1"])
    assert told.exit_code == 2
    assert "no resource is called" in told.stderr


def test_usage_follows_a_resource_into_a_loop(tmp_path):
    path = write(tmp_path / "plan.json", moved_plan(new='aws_vpc_endpoint.new["a"]'))
    usage = {"usage": {"aws_vpc_endpoint.old": {"gb_processed": 1000}}}
    assert total(read_estate(path, usage=usage)) == pytest.approx(ZONE + 1000 * GB)


# ---------------------------------------------------------------- several plans
PLANS = [plan(endpoint("aws_vpc_endpoint.e", "a")), plan(endpoint("aws_vpc_endpoint.e", "a", "b"), region="eu-west-1")]


@pytest.mark.parametrize("separator", ["\n", "", "\n\n  "])
def test_plans_one_after_the_other_are_priced_together(tmp_path, separator):
    path = write(tmp_path / "plans.json", separator.join(map(json.dumps, PLANS)))
    estate = read_estate(path)
    assert [entry["name"] for entry in estate.entries] == ["1/aws_vpc_endpoint.e", "2/aws_vpc_endpoint.e"]
    alone = sum(total(read_estate(write(tmp_path / f"{n}.json", one))) for n, one in enumerate(PLANS))
    assert total(estate) == pytest.approx(alone)
    usage = {"usage": {"2/aws_vpc_endpoint.e": {"gb_processed": 1000}}}
    assert total(read_estate(path, usage=usage)) > alone
    assert CliRunner().invoke(main, ["diff", str(path)]).exit_code == 0


def test_a_region_can_be_set_for_one_of_several_plans(tmp_path):
    nameless = [plan(endpoint("aws_vpc_endpoint.e", "a"), region=None) for _ in range(2)]
    path = write(tmp_path / "plans.json", "\n".join(map(json.dumps, nameless)))
    estate = read_estate(
        path, settings={"1/aws_vpc_endpoint.e.region": "eu-west-1", "2/aws_vpc_endpoint.e.region": "us-east-1"}
    )
    assert [entry["region"] for entry in estate.entries] == ["eu-west-1", "us-east-1"]


@given(count=st.integers(1, 4), cut=st.integers(1, 40))
def test_a_series_that_is_cut_is_an_error(count, cut):
    text = "\n".join([json.dumps(PLANS[0])] * (count + 1))
    with pytest.raises(Exception, match=r"line \d+"):
        parse_document(text[:-cut], "plans.json")
    assert len(parse_document(text, "plans.json").value) == count + 1
