"""JSON Schemas for editors: every example file fits, and mistakes do not."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import costmodel as cm
from costmodel.aws import VARIANTS
from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.documents.document import read_document
from costmodel.network.reading.schema import build_network_schema, build_usage_schema
from costmodel.network.reading.usage_file import build_usage_template
from tests.support.paths import CASE_FILES, EXAMPLES

jsonschema = pytest.importorskip("jsonschema")

FILES = sorted(EXAMPLES.rglob("*.yaml"))
NETWORKS = [
    case["network"]
    for path in sorted(CASE_FILES.glob("*.yaml"))
    for case in read_document(path).value
    if isinstance(case, dict) and "network" in case
]


def to_json(value):
    return json.loads(json.dumps(value, default=float))


def schema(name):
    done = CliRunner().invoke(main, ["schema", name])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def kind_of(value):
    for key, name in (("resources", "network"), ("flows", "demand"), ("usage", "usage")):
        if isinstance(value, dict) and key in value:
            return name
    return None


@pytest.fixture(scope="module")
def validators():
    return {name: jsonschema.Draft202012Validator(schema(name)) for name in ("network", "demand", "usage")}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_example_fits_its_schema(validators, path):
    value = to_json(read_document(path).value)
    name = kind_of(value)
    if name is None:
        pytest.skip("neither a network nor a demand")
    assert [f"{e.json_path}: {e.message[:200]}" for e in validators[name].iter_errors(value)] == []


def test_every_network_of_the_worked_cases_fits(validators):
    assert len(NETWORKS) > 50
    found = [(case, e.message[:200]) for case in NETWORKS for e in validators["network"].iter_errors(to_json(case))]
    assert found == []


def test_the_usage_template_of_a_plan_fits(validators):
    from costmodel.network.reading.load import read_estate

    usage = {"usage": build_usage_template(read_estate(EXAMPLES / "plan.json"))}
    assert list(validators["usage"].iter_errors(to_json(usage))) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "InterfaceEndpont"},
        {"kind": "InterfaceEndpoint", "gb_procesed": 1},
        {"kind": "InterfaceEndpoint", "gb_processed": -1},
        {"kind": "InterfaceEndpoint", "region": "us-east-9"},
        {"zones": 3},
    ],
)
def test_what_the_reader_refuses_does_not_fit(validators, entry):
    file = {"region": "us-east-1", "resources": [entry]}
    with pytest.raises(InputError):
        cm.read_network(file)
    assert list(validators["network"].iter_errors(file))


def test_every_kind_and_column_is_in_the_schema():
    found = build_network_schema()["$defs"]
    for kind, variants in VARIANTS.items():
        keys = {column.path[0] for variant in variants for column in variant.columns.values()}
        assert keys <= set(found[kind]["properties"])
    assert "gb_processed" in build_usage_schema()["properties"]["usage"]["additionalProperties"]["properties"]
