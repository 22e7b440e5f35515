"""A bill as a workbook: its formulas, reckoned here by themselves, give the bill; text stays text."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.network.workbook import build_workbook
from costmodel.reporting.currency import build_contract_tables
from costmodel.reporting.model import Table
from tests.support.input_files import NETWORK, UNPRICED

BOOK = cm.load_prices()
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    '=HYPERLINK("http://e.example","x")',
    "{=1}",
    "<b>x</b>",
    "http://e.example",
    "007",
]
SUMIFS = re.compile(r"=SUMIFS\((.*)\)")
PRODUCT = re.compile(r"=([A-Z]+\d+)\*([A-Z]+\d+)")
WILD = set("*?~<>=")


class Reckoned:
    """A workbook as a spreadsheet program reckons it: cells of formulas from cells of values, nothing cached."""

    def __init__(self, data):
        self.book = openpyxl.load_workbook(io.BytesIO(data))
        self.cached = openpyxl.load_workbook(io.BytesIO(data), data_only=True)

    def value(self, sheet, place):
        cell = self.book[sheet][place]
        return self.formula(sheet, cell.value) if cell.data_type == "f" else cell.value

    def formula(self, sheet, text):
        if product := PRODUCT.fullmatch(text):
            one, other = (self.value(sheet, place) for place in product.groups())
            return one * other
        arguments = SUMIFS.fullmatch(text).group(1).split(",")
        first, *tests = [self.range(sheet, a) for a in arguments]
        wanted = [t[0] for t in tests[1::2]]
        assert not any(WILD & set(str(w)) for w in wanted), "SUMIFS would take this for a pattern"
        kept = [
            all(str(column[row]).casefold() == str(w).casefold() for column, w in zip(tests[::2], wanted, strict=True))
            for row in range(len(first))
        ]
        return sum(value for value, keep in zip(first, kept, strict=True) if keep)

    def range(self, sheet, text):
        name, _, place = text.rpartition("!")
        sheet, place = name or sheet, place.replace("$", "")
        if ":" not in place:
            return [self.value(sheet, place)]
        return [self.value(sheet, cell.coordinate) for (cell,) in self.book[sheet][place]]

    @property
    def formulas(self):
        return [
            (s.title, c.coordinate) for s in self.book for line in s.iter_rows() for c in line if c.data_type == "f"
        ]

    @property
    def totals(self):
        """What the rows of totals say, reckoned: currency → amount, and the first one's words."""
        rows = [r for r in self.book["Total"].iter_rows(min_row=2) if str(r[0].value).startswith("Total")]
        return {r[1].value: self.value("Total", r[2].coordinate) for r in rows}, [r[0].value for r in rows]

    def table(self, sheet):
        head, *lines = self.book[sheet].iter_rows()
        names = [c.value for c in head]
        return [
            {n: self.value(sheet, c.coordinate) for n, c in zip(names, line, strict=True)} for line in lines
        ]  # fmt: skip


def bill_of(network, book=BOOK):
    if isinstance(network, str):
        import yaml

        network = yaml.safe_load(network)
    return cm.price(cm.meter(cm.read_network(network), exact=True), book, partial=True)


def made(bill, about=(), assumed=None):
    return Reckoned(build_workbook(bill, list(about), assumed or {}))


def entry(kind, key):
    return st.fixed_dictionaries(
        {
            "kind": st.just(kind), key: st.integers(0, 60_000_000) | st.sampled_from([0.1, 33.333]),
            "region": st.sampled_from(["us-east-1", "eu-west-1", "ap-southeast-2"]), "count": st.integers(1, 40),
        }
    )  # fmt: skip


networks = st.lists(
    st.one_of(
        entry("InterfaceEndpoint", "gb_processed"), entry("NatGateway", "gb_processed"),
        entry("VpcPeering", "gb_cross_zone"), entry("InternetEgress", "gb_sent"),
    ),
    min_size=1, max_size=5,
).map(lambda rows: {"region": "us-east-1", "resources": [{**r, "name": f"r{n}"} for n, r in enumerate(rows)]})  # fmt: skip


def cached_alike(found):
    """Assert that a viewer that does not reckon shows what one does that reckons."""
    for sheet, place in found.formulas:
        assert found.cached[sheet][place].value == pytest.approx(found.value(sheet, place), rel=1e-9, abs=1e-9)


@given(networks)
@settings(max_examples=40, deadline=None)
def test_the_formulas_give_the_bill(network):
    bill = bill_of(network)
    found = made(bill)
    totals, _ = found.totals
    assert totals == {c: pytest.approx(float(v), rel=1e-9, abs=1e-9) for c, v in bill.totals.items()}
    assert sum(row["ListCost"] for row in found.table("Charges")) == pytest.approx(float(bill.total_exact), rel=1e-9)
    by_charge = {r["Charge"]: r["A month"] for r in found.table("Total") if not str(r["Charge"]).startswith("Total")}
    wanted = {str(c): float(v) for c, v in bill.by("ChargeDescription").items()}
    assert by_charge == {c: pytest.approx(wanted[c], rel=1e-9, abs=1e-9) for c in by_charge}
    assert {c for c, v in wanted.items() if v} <= set(by_charge)
    cached_alike(found)


def test_every_cost_is_a_live_formula():
    """Twice the hours of the first charge (219.00) make the total 219.00 more, through every sum."""
    bill = bill_of(NETWORK)
    found = made(bill)
    charges = found.book["Charges"]
    costs = [c for c in charges[1] if c.value.endswith("Cost")]
    assert [charges.cell(row, c.column).data_type for c in costs for row in range(2, charges.max_row + 1)] == ["f"] * 5
    before = found.totals[0]["USD"]
    column = {c.value: c.column for c in charges[1]}
    (row,) = [r for r in range(2, 7) if charges.cell(r, column["PricingQuantity"]).value == 21900]
    charges.cell(row, column["PricingQuantity"]).value *= 2
    assert before == pytest.approx(372.604, abs=1e-9)
    assert found.totals[0]["USD"] == pytest.approx(372.604 + 219, abs=1e-9)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_a_formula(name):
    network = {
        "region": "us-east-1",
        "resources": [{"kind": "NatGateway", "name": name.strip(), "gb_processed": 1}],
    }  # fmt: skip
    about = [Table("about", f"[{name}]:*?/\\", [name, "Value"], [[name, Decimal("1.5")]])]
    bill = bill_of(network)
    found = made(bill, about, {"hub-dns": name})
    formulas = {(s, p) for s, p in found.formulas}
    assert {s for s, _ in formulas} == {"Total", "Charges"}
    for sheet in found.book:
        for line in sheet.iter_rows(min_row=2):
            for cell in line:
                if cell.data_type == "s":
                    assert bool(cell.quotePrefix) == cell.value.startswith(("=", "+", "-", "@", "\t"))
                assert cell.hyperlink is None
    assert {row["ResourceName"] for row in found.table("Charges")} == {name.strip()}
    shown = name.replace("\t", " ")
    assert found.book.worksheets[-1]["A2"].value == shown
    assert [found.book.worksheets[-1]["B2"].value, found.book.worksheets[-1]["B2"].data_type] == [1.5, "n"]


def test_sheets_have_names_that_excel_takes():
    titles = ["x" * 60, "x" * 60, "[]:*?/\\'", ""]
    about = [Table(f"{n}", title, ["a"], [[n]]) for n, title in enumerate(titles, 1)]
    names = made(bill_of(NETWORK), about).book.sheetnames
    assert names[:3] == ["Total", "Charges", "Prices and assumptions"]
    assert len({n.casefold() for n in names}) == len(names) == 7
    assert all(0 < len(n) <= 31 and not set(n) & set("[]:*?/\\") and n.strip("'") == n for n in names)


def test_a_contracts_bill_is_at_contracted_prices():
    """Half off everything: 186.302; its terms have a sheet."""
    book = cm.load_prices(contract={"name": "=ours", "terms": [{"percent_off": 50}]})
    bill = bill_of(NETWORK, book)
    found = made(bill, build_contract_tables(bill))
    assert found.totals[0] == {"USD": pytest.approx(186.302, abs=1e-9)}
    cached_alike(found)
    for row in found.table("Charges"):
        assert row["ContractedCost"] == pytest.approx(row["PricingQuantity"] * row["ContractedUnitPrice"])
        assert "ListCost" not in row
    assert ["Contract", "=ours"] in [
        [c.value for c in line] for line in found.book["Prices and assumptions"].iter_rows()
    ]
    assert any("Contract" in n for n in found.book.sheetnames)


def test_what_is_unpriced_is_said():
    found = made(bill_of(UNPRICED))
    totals, words = found.totals
    assert totals == {"USD": pytest.approx(3.65)}
    assert all("at least" in w for w in words)
    said = [[c.value for c in line] for line in found.book["Prices and assumptions"].iter_rows()]
    unpriced = [text for what, text in said if what == "Open"]
    meters = [text.partition("price of ")[2].split(" in ")[0] for text in unpriced]
    assert meters == ["lattice_service_hour", "lattice_service_gb"]
    assert not any("lattice" in str(row["x_Meter"]) for row in found.table("Charges"))  # an unknown is no 0
    assert made(bill_of(NETWORK)).totals[1] == ["Total"]


def test_two_currencies_have_two_totals():
    """The same charge in both is two sums."""
    text = "{{kind: InternetEgress, region: {}, gb_sent: {}}}"
    entries = [text.format("us-east-1", 10_000), text.format("cn-north-1", 100), "{kind: PublicIpv4}"]
    bill = bill_of(f"region: us-east-1\nresources: [{', '.join(entries)}]\n")
    found = made(bill)
    assert found.totals[0] == {c: pytest.approx(float(v)) for c, v in bill.totals.items()}
    assert found.totals[0]["CNY"] == pytest.approx(93.3)
    assert found.totals[0]["USD"] > 100
    charges = [(r["Charge"], r["Currency"]) for r in found.table("Total")]
    assert len(set(charges)) == len(charges) == 5
    cached_alike(found)


def test_assumptions_and_the_price_date_are_there():
    found = made(bill_of(NETWORK), assumed={"hub-dns": "profiles"})
    said = [[c.value for c in line] for line in found.book["Prices and assumptions"].iter_rows()]
    assert ["Price date", "2026-11-01"] in said
    assert ["Assumed: hub-dns", "profiles"] in said


def test_nothing_is_a_workbook_too():
    found = made(bill_of({"region": "us-east-1", "resources": []}))
    assert found.table("Charges") == []
    assert set(found.totals[0].values()) <= {0}
