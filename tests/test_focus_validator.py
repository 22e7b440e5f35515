"""Our bills pass the FinOps Foundation's validator; and the validator, as driven here, finds what is wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import focus_validator
import pytest

SAMPLE = Path(__file__).parent / "focus" / "two_charges.csv"

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
  - {kind: PrivateHostedZone, name: zone}
"""


def test_a_bill_is_valid_focus(tmp_path):
    import costmodel as cm

    (tmp_path / "network.yaml").write_text(NETWORK, encoding="utf-8")
    bill = cm.price(cm.meter(cm.read_network(tmp_path / "network.yaml")), cm.load_prices())
    bill.frame.to_csv(tmp_path / "bill.csv", index=False)
    assert focus_validator.validate(tmp_path / "bill.csv") == []


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
