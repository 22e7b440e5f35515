"""Which kind of input a file is, by its content."""

from __future__ import annotations

import json

import pytest

from costmodel.core.errors import InputError
from costmodel.intake.recognize import (
    BILL,
    DATA,
    DEMAND,
    LOGS,
    NETWORK,
    PLAN,
    detect_data_kind,
    recognize_file,
)
from tests.support.paths import ROOT

EXAMPLES = ROOT / "data" / "examples"
LINE = "2 123456789012 eni-0a1b2c3d 10.0.0.5 10.0.1.7 443 49152 6 20 4249 1418530010 1418530070 ACCEPT OK\n"


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"vpcs": [], "flows": []}, DEMAND),
        ({"vpcs": [], "resources": []}, NETWORK),
        ({"resources": []}, NETWORK),
        ({"plan": [], "certificate": {}, "lower_bound": "1"}, PLAN),
        ({"plan": None, "conflict": [], "why_not": []}, PLAN),
        ({"reportKeys": []}, DATA),
        ({"logEvents": []}, DATA),
        ([{"message": LINE}], DATA),
    ],
)
def test_a_document_is_recognized_by_its_keys(tmp_path, document, kind):
    file = tmp_path / "input.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    given = recognize_file(file)
    assert given.kind == kind
    assert (given.document is None) == (kind == DATA)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (LINE, LOGS),
        ("version interface-id srcaddr dstaddr bytes action\n", LOGS),
        ('{"logEvents": []}', LOGS),
        ('{"reportKeys": []}', BILL),
        ("one,two\n1,2\n", None),
    ],
)
def test_data_is_recognized_by_its_beginning(tmp_path, text, kind):
    file = tmp_path / "input.log"
    file.write_text(text, encoding="utf-8")
    assert detect_data_kind(file) == kind


def test_the_examples_are_a_bill_and_flow_logs():
    assert detect_data_kind(EXAMPLES / "bill.csv.gz") == BILL
    assert detect_data_kind(EXAMPLES / "flows.log.gz") == LOGS


def test_a_missing_file_is_reported_and_a_pattern_is_data(tmp_path):
    with pytest.raises(InputError, match="file not found"):
        recognize_file(tmp_path / "bill.csv")
    assert recognize_file(tmp_path / "*.csv").kind == DATA
