"""`costmodel report`: one page that stands alone, shows text as text, and says what the other commands say."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import costmodel as cm
from costmodel.management_report import svg
from costmodel.optimizer.answer import solve_and_explain
from costmodel.optimizer.plan_sensitivity import build_plan_edges, build_saving_steps
from costmodel.reporting.html import (
    Figure,
    Page,
    Picture,
    Section,
    build_page_json,
    render_page_html,
    render_page_markdown,
)
from costmodel.reporting.model import Table
from tests.support import bills
from tests.support.bill_uses import schedule, used
from tests.support.input_files import CONFLICT, NETWORK, UNPRICED
from tests.support.paths import ESTATE, EXAMPLE_DEMANDS, EXAMPLES
from tests.support.run_cli import run

BOOK = cm.load_prices()
PLAN, BILL, FLOWS = EXAMPLES / "plan.json", EXAMPLES / "bill.csv.gz", EXAMPLES / "flows.log.gz"
HOSTILE = "<script>alert(1)</script>|`x`*b*_i_ [l](http://e.example) &lt;&amp; ![p](x)"
VOID = {"meta", "link", "br", "hr", "img", "input"}
LOADS = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video", "image", "use", "a"}
ASKS = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background", "ping", "style"}


class Seen(HTMLParser):
    """What a browser makes of a page: its elements, its text by element, its tables; refuses what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.open, self.elements, self.texts, self.tables = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.stack == [], "elements that are not closed"

    def handle_starttag(self, tag, attrs):
        kind = "tip" if tag == "title" and "svg" in self.stack else tag  # a part's, not the page's
        self.elements.append((kind, dict(attrs)))
        self.texts.append([kind, ""])
        if tag not in VOID:
            self.stack.append(tag)
            self.open.append(self.texts[-1])
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"th", "td"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack[-1:] == [tag], f"</{tag}> within {self.stack}"
        self.stack.pop()
        self.open.pop()

    def handle_data(self, data):
        if self.stack and self.stack[-1] in {"th", "td"}:
            self.tables[-1][-1][-1] += data
        if self.open:
            self.open[-1][1] += data

    def of(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]

    def text(self, *tags):
        return [text for tag, text in self.texts if tag in tags]


def rendered(markdown):
    """Return Markdown as an independent reader of it shows it."""
    return Seen(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def alone(page):
    """Assert that a page is one file that asks nobody, and that a screen reader finds its way."""
    seen = Seen(page)
    assert page.startswith("<!doctype html>")
    assert not seen.of(*LOADS)
    for tag, attrs in seen.elements:
        assert not {a for a in attrs if a in ASKS or a.startswith("on")}, (tag, attrs)
        assert not any("javascript:" in str(v) for v in attrs.values())
    assert "url(" not in page.lower()
    assert "@import" not in page.lower()
    assert seen.of("html") == [{"lang": "en"}]
    assert [len(seen.of(tag)) for tag in ("head", "title", "main", "h1")] == [1, 1, 1, 1]
    assert {"charset": "utf-8"} in seen.of("meta")
    assert all(attrs.get("scope") in {"col", "row"} for attrs in seen.of("th"))
    assert len(seen.tables) == len(seen.of("thead"))
    assert all(len({len(line) for line in table}) == 1 for table in seen.tables)
    pictures = seen.of("svg")
    assert all(p.get("role") == "img" and p.get("aria-label", "").strip() for p in pictures)
    assert len(pictures) == len(seen.of("figure"))
    return seen


# ---------------------------------------------------------------- what there is a page about
@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def usage(folder):
    """The usage file that the plan's template makes, filled in: 1,000 GB each, and the zones that are not known."""
    template = yaml.safe_load(run("estimate", PLAN, "--usage-template").stdout)["usage"]

    def filled(value):
        if isinstance(value, dict):
            return {k: filled(v) for k, v in value.items()}
        return 1000 if value == 0 else 3

    path = folder / "usage.yaml"
    path.write_text(yaml.safe_dump({"usage": {k: filled(v) for k, v in template.items()}}), encoding="utf-8")
    return path


def file_of(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def asked(folder, usage):
    network = file_of(folder, "network.yaml", NETWORK)
    return {
        "demand": ([EXAMPLE_DEMANDS[0]], 0),
        "estate": ([ESTATE, "--frontier"], 0),
        "plan": ([PLAN], 1),
        "plan-usage": ([PLAN, "--usage", usage], 0),
        "network": ([network], 0),
        "unpriced": ([file_of(folder, "unpriced.yaml", UNPRICED)], 1),
        "conflict": ([file_of(folder, "conflict.yaml", CONFLICT)], 1),
        "nothing": ([file_of(folder, "nothing.yaml", "region: us-east-1\nresources: []\n")], 0),
        "bill": ([BILL], 0),
        "flows": ([FLOWS], 0),
        "several": ([ESTATE, network, BILL], 0),
    }


NAMES = (
    "demand",
    "estate",
    "plan",
    "plan-usage",
    "network",
    "unpriced",
    "conflict",
    "nothing",
    "bill",
    "flows",
    "several",
)


@pytest.fixture(scope="module")
def pages(asked, folder):
    """Each page as JSON, Markdown and HTML, each from a command of its own the first time it is asked for."""
    known = {}

    def page(name, format_="json"):
        if (name, format_) not in known:
            arguments, code = asked[name]
            out = folder / f"{name}.{format_}"
            done = run("report", *arguments, "--format", format_, "-o", out)
            assert (done.exit_code, done.stdout) == (code, "")
            known[name, format_] = out.read_text(encoding="utf-8")
        return json.loads(known[name, format_]) if format_ == "json" else known[name, format_]

    return page


def said(value):
    """Return what a cell says: a number, or text whose blanks, and signs that print nothing, are one blank."""
    text = "" if value is None else str(value)
    try:
        return str(Decimal(text.replace(",", "")).normalize())
    except InvalidOperation:
        return text_of(text)


def text_of(text):
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def rows_of(rows):
    return [list(map(said, row)) for row in rows]


def agrees(tables, wanted):
    """Assert that tables of a page hold what those of the JSON do; of rows that cost the same either may be first."""
    assert [head for head, *_ in tables] == [table["columns"] for table in wanted]
    for (_, *lines), table in zip(tables, wanted, strict=True):
        assert sorted(rows_of(lines)) == sorted(rows_of(table["rows"]))


def whole(tables):
    """Join a long table with its folded rest, which repeats the head."""
    out = []
    for table in tables:
        if out and out[-1][0] == table[0] and len(out[-1]) == 11:
            out[-1] = [*out[-1], *table[1:]]
        else:
            out.append(table)
    return out


TIMED = re.compile(r"seconds: [\d.]+")


def unclocked(page):
    """What a page says but how long its search took."""
    return TIMED.sub("seconds: 0", page)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_stands_alone_and_every_format_says_the_same(pages, name):
    page = json.loads(unclocked(json.dumps(pages(name))))
    tables = [t for s in page["sections"] for t in s["tables"]]
    seen = alone(unclocked(pages(name, "html")))
    assert seen.text("title") == seen.text("h1") == [page["title"]]
    assert seen.text("h2") == [s["title"] for s in page["sections"]]
    agrees(whole(seen.tables), tables)
    for text in [page["lead"], *page["foot"], *(t for s in page["sections"] for t in s["text"])]:
        assert text in seen.text("p", "li")
    markdown = rendered(unclocked(pages(name, "markdown")))
    assert markdown.text("h1", "h2") == [page["title"], *(s["title"] for s in page["sections"])]
    assert markdown.text("h3") == [t["title"] for t in tables if t["title"]]
    assert markdown.text("p")[0] == page["lead"]
    figures = [[f["label"], f["value"], f["note"]] for f in page["figures"]]
    start = [{"columns": ["", "Value", ""], "rows": figures}] if figures else []
    agrees(markdown.tables, start + tables)
    assert list(zip(seen.text("span")[::2], seen.text("b"), strict=True)) == [
        (label, value) for label, value, _ in figures
    ]


def figure(page, label):
    (value,) = [f["value"] for f in page["figures"] if f["label"] == label or f["label"].endswith(f": {label}")]
    return Decimal(value.replace("$", "").replace(",", "").replace("−", "-"))


@pytest.mark.parametrize(("name", "path"), [("demand", EXAMPLE_DEMANDS[0]), ("estate", ESTATE)])
def test_a_demands_page_says_what_optimize_and_compare_say(pages, name, path):
    answer = json.loads(run("optimize", path, "--format", "json").stdout)
    page = pages(name)
    assert figure(page, "The cheapest plan") == Decimal(answer["total"])
    assert figure(page, "As built today") == Decimal(answer["today"]["total"])
    cent = Decimal("0.01")  # a month's saving is of rounded totals, a year's of exact ones
    assert abs(figure(page, "Saves") - Decimal(answer["today"]["saving"]) * 12) <= 12 * cent
    best = answer["architectures"][0]
    assert figure(page, f"Best architecture: {best['name']}") == Decimal(best["total"])
    options = next(s for s in page["sections"] if s["title"] == "Options")["tables"][0]["rows"]
    compared = json.loads(run("compare", path, "--format", "json").stdout)["architectures"]
    totals = {row[0].removesuffix(" (built now)"): row[1] for row in options if row[1] != "–"}
    assert {n: Decimal(t) for n, t in totals.items()} == {
        o["name"]: Decimal(o["total"]) for o in compared if o["total"]
    }
    titles = [s["title"] for s in page["sections"]]
    assert {
        "Today",
        "Options",
        "The plan",
        "What changes",
        "Certificate",
        "What would change the answer",
        "Risks",
    } <= set(titles)
    assert ("With fewer changes" in titles) == (name == "estate")


@pytest.mark.parametrize("name", ["plan", "plan-usage", "network", "unpriced"])
def test_a_networks_page_says_what_estimate_says(pages, asked, name):
    arguments, code = asked[name]
    done = run("estimate", *arguments, "--format", "json")
    answer = json.loads(done.stdout)
    page = pages(name)
    assert done.exit_code == code
    assert figure(page, "A month, at least" if code else "A month") == Decimal(
        answer["total"] or answer["total_priced"]
    )
    assert ("at least" in page["lead"]) == bool(code)
    if code:
        assert figure(page, "Open items") == len(answer["unpriced"])
        assert "at least" in pages(name, "html")


def test_a_plan_with_traffic_also_has_the_cheapest_plan_for_it(pages, usage, tmp_path):
    """That of the demand which `estimate --demand` writes."""
    onward = tmp_path / "onward.yaml"
    assert run("estimate", PLAN, "--usage", usage, "--demand", onward).exit_code == 0
    best = cm.optimize(cm.read_demand(onward), BOOK).bill.total
    labels = {f["label"]: f["value"] for f in pages("plan-usage")["figures"]}
    (value,) = [v for label, v in labels.items() if label.endswith(": The cheapest plan")]
    assert value == f"${best:,.2f}"
    assert not [f for f in pages("plan")["figures"] if "cheapest" in f["label"]]


def test_a_bills_page_says_what_bill_says(pages):
    answer = json.loads(run("bill", BILL, "--format", "json").stdout)
    assert figure(pages("bill"), "Network") == round(Decimal(answer["cost"]["network"]), 2)
    assert f"{answer['rows_read']:,} rows" in pages("bill")["lead"]


def test_flow_logs_page_says_what_flows_says(pages):
    answer = json.loads(run("flows", FLOWS, "--format", "json").stdout)
    assert pages("flows")["figures"][0]["value"] == f"{answer['bytes']['counted'] / 2**30:,.1f} GB"
    assert f"{answer['bytes']['read'] / 2**30:,.1f} GB logged" in pages("flows")["lead"]


def test_several_files_are_one_page(pages):
    parts, page = [pages(n) for n in ("estate", "network", "bill")], pages("several")
    assert [s["title"] for s in page["sections"] if s["title"] in {p["title"] for p in parts}] == [
        p["title"] for p in parts
    ]
    assert page["lead"] == " ".join(p["lead"] for p in parts)
    assert [f["value"] for f in page["figures"]] == [f["value"] for p in parts for f in p["figures"]]
    assert len({f["label"] for f in page["figures"]}) == len(page["figures"])  # which total is whose


def test_the_files_of_one_bill_are_one_bill(tmp_path):
    """Two months in two files of one folder; a bill elsewhere is another one."""
    for month, hours in (("2026-09", 100), ("2026-10", 300)):
        rows = bills.rows([used("nat_gateway_hour", hours, day=next(bills.days(month)))], schedule)
        bills.write_csv(tmp_path / f"{month}.csv", bills.legacy(rows, month))
    (tmp_path / "other").mkdir()
    third = (tmp_path / "2026-10.csv").rename(tmp_path / "other" / "2026-10.csv")
    apart = json.loads(run("report", tmp_path / "2026-09.csv", third, "--format", "json").stdout)
    assert [f["value"] for f in apart["figures"] if f["label"].endswith("Network")] == ["$4.50", "$13.50"]
    third.rename(tmp_path / "2026-10.csv")
    one = json.loads(run("report", *sorted(tmp_path.glob("*.csv")), "--format", "json").stdout)
    assert figure(one, "Network") == 18


def test_a_demand_without_a_plan_says_so(pages):
    page = pages("conflict")
    assert page["lead"].startswith("No plan: ")
    assert "forbid (own-endpoint)" in page["lead"]
    assert not [s for s in page["sections"] if s["title"] == "Certificate"]


def test_a_demand_may_be_called_like_a_table(tmp_path):
    for name in ("What fewer changes cost", "Changes from today", "The plan", "Certificate"):
        value = yaml.safe_load(ESTATE.read_text(encoding="utf-8")) | {"name": name}
        path = file_of(tmp_path, "named.yaml", yaml.safe_dump(value))
        page = json.loads(run("report", path, "--format", "json").stdout)
        sections = {s["title"]: s["tables"] for s in page["sections"]}
        assert "With fewer changes" not in sections
        assert sections["The plan"][0]["columns"][:3] == ["VPC", "Service", "Path"]
        assert sections["What changes"][0]["columns"][:3] == ["VPC", "Service", "From"]


def test_a_contract_holds_and_is_named(tmp_path):
    contract = file_of(tmp_path, "contract.yaml", "name: '<b>ours|`'\nterms: [{percent_off: 50}]\n")
    answer = json.loads(run("optimize", ESTATE, "--contract", contract, "--format", "json").stdout)
    page = json.loads(run("report", ESTATE, "--contract", contract, "--format", "json").stdout)
    assert figure(page, "The cheapest plan") == Decimal(answer["total"])
    assert any("<b>ours|`" in text for text in page["foot"])
    assert "<b>ours|`" in "".join(alone(run("report", ESTATE, "--contract", contract).stdout).text("p"))
    assert not rendered(run("report", ESTATE, "--contract", contract, "--format", "markdown").stdout).of("b")


# ---------------------------------------------------------------- text from files is text
def hostile_files(folder):
    demand = {
        "name": f"{HOSTILE}\n# head",
        "region": "us-east-1",
        "vpcs": [{"name": HOSTILE, "count": 2, "account": "111111111111"}],
        "flows": [{"from": HOSTILE, "to": "kms", "gb_sent": 10}],
        "today": "per-vpc-endpoints",
    }
    network = {"region": "us-east-1", "resources": [{"kind": "NatGateway", "name": HOSTILE, "gb_processed": 5}]}
    use = used("nat_gateway_hour", 10, resource=HOSTILE)
    rows = list(bills.legacy(bills.rows([use], schedule), "2026-10"))
    rows += [{**rows[0], "lineItem/UsageType": f"NatGateway-{HOSTILE}", "lineItem/UsageAccountId": HOSTILE}]
    return [
        file_of(folder, "a<script>|`b`.yaml", yaml.safe_dump(demand)),
        file_of(folder, "n&amp;<script>_x_.yaml", yaml.safe_dump(network)),
        bills.write_csv(folder / "b<script>|.csv", rows),
    ]


@pytest.mark.parametrize("number", [0, 1, 2, None])
def test_text_from_files_is_text(tmp_path, number):
    paths = hostile_files(tmp_path)
    paths = paths if number is None else [paths[number]]  # together they are sections of one page
    page = alone(run("report", *paths).stdout)
    assert HOSTILE in " ".join(text for _, text in page.texts)
    shown = rendered(run("report", *paths, "--format", "markdown").stdout)
    assert not shown.of("script", "em", "strong", "code", "a", "img", "b")
    assert HOSTILE in " ".join(text for _, text in shown.texts)
    assert len(shown.of("h1")) == 1
    for table in shown.tables:
        assert len({len(line) for line in table}) == 1


words = st.text(
    st.sampled_from("<>&|`*_[]()!#-+=~.1 \\\"'\n\tab:/x") | st.characters(exclude_categories=["Cs"]), max_size=24
)
tables = st.lists(st.tuples(words, words | st.decimals(-9, 10**9, places=2)).map(list), max_size=16).map(
    lambda rows: Table("any", "", ["A", "B"], rows)
)
sections = st.builds(Section, words, text=st.lists(words, max_size=2), points=st.lists(words, max_size=2),
                     tables=st.lists(tables, max_size=1))  # fmt: skip


def numbered(page):
    """Give each table columns of its own, so that a folded rest is told from a table that follows."""
    for n, section in enumerate(page.sections):
        section.tables = [table._replace(columns=[f"A{n}", f"B{n}"]) for table in section.tables]
    return page


any_page = st.builds(Page, words, words, st.lists(st.builds(Figure, words, words, words), max_size=2),
                     st.lists(sections, max_size=3), st.lists(words, max_size=2)).map(numbered)  # fmt: skip


@given(any_page)
@example(Page("0 #", "a ## b ##"))
@settings(max_examples=60, deadline=None)
def test_any_text_is_shown_as_it_is(page):
    found = build_page_json(page)
    texts = [page.title, page.lead, *page.foot, *(t for s in found["sections"] for t in (s["title"], *s["text"]))]
    rows = [rows_of(t["rows"]) for s in found["sections"] for t in s["tables"]]
    seen, markdown = alone(render_page_html(page)), rendered(render_page_markdown(page))
    for shown, tables_ in ((seen, whole(seen.tables)), (markdown, markdown.tables[bool(page.figures) :])):
        words_ = " ".join(map(text_of, shown.text("h1", "h2", "p", "li")))
        assert sorted(words_.split()) == sorted(" ".join(map(text_of, texts)).split())
        assert [rows_of(lines) for _, *lines in tables_] == rows
    assert not markdown.of("em", "strong", "code", "a", "img", "pre", "blockquote", "h3", "ol", "script")


# ---------------------------------------------------------------- pictures
BAR = re.compile(r'<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"[^>]*><title>([^<]*)</title>')
costs = st.dictionaries(
    st.sampled_from([f"charge {n}" for n in range(12)]), st.decimals(0, 10**6, places=2), min_size=1
)  # fmt: skip


@given(st.lists(costs, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_parts_of_a_bar_are_as_wide_as_they_cost(rows):
    text = svg.draw_stacked_svg({f"option {n}": row for n, row in enumerate(rows)}, "USD")
    bars = [(float(x), int(y) // svg.ROW, float(width), said) for x, y, width, said in BAR.findall(text)]
    most = max(sum(row.values()) for row in rows) or 1
    for n, row in enumerate(rows):
        own = [bar for bar in bars if bar[1] == n]
        at = 0.0
        for x, _, width, said in own:
            assert x == pytest.approx(at, abs=0.1 * len(own))  # side by side
            cost = Decimal(said.rpartition("$")[2].replace(",", ""))
            assert width == pytest.approx(float(cost / most) * svg.WIDE, abs=0.06)
            at = x + width
        assert sum(bar[2] for bar in own) == pytest.approx(float(sum(row.values()) / most) * svg.WIDE, abs=0.4)
        assert sum(Decimal(bar[3].rpartition("$")[2].replace(",", "")) for bar in own) == sum(row.values())
    assert len(set(re.findall(r'fill="(#\w+)"', text))) <= len(svg.COLOURS)


@pytest.fixture(scope="module", params=[ESTATE, EXAMPLE_DEMANDS[0], EXAMPLES / "s3.yaml"], ids=lambda p: p.stem)
def answer(request):
    return solve_and_explain(cm.read_demand(request.param), BOOK)


def drawn(text, tag):
    return [attrs for name, attrs in Seen(text).elements if name == tag]


def test_the_steps_lead_from_todays_bar_to_the_plans(answer):
    today, total = answer.today, answer.best.bill.total_exact
    bars = [
        (float(b["x"]), float(b["x"]) + float(b["width"]))
        for b in drawn(svg.draw_waterfall_svg(today, build_saving_steps(answer), total, "USD"), "rect")
    ]
    most = max(today, total)
    assert bars[0] == (0, pytest.approx(float(today / most) * svg.WIDE, abs=0.1))
    assert bars[-1] == (0, pytest.approx(float(total / most) * svg.WIDE, abs=0.1))
    at = bars[0][1]
    for (left, right), step in zip(bars[1:-1], build_saving_steps(answer), strict=True):
        before, after = (right, left) if step.saving >= 0 else (left, right)
        assert before == pytest.approx(at, abs=1.2)
        assert before - after == pytest.approx(float(step.saving / most) * svg.WIDE, abs=1.1)
        at = after
    assert at == pytest.approx(bars[-1][1], abs=1.2)


def test_the_networks_lines_cost_what_the_plan_does(answer):
    """In each column, less what exists already: of the estate two NAT gateways with addresses, 2 × 730 × (0.045 + 0.005)."""
    text = svg.draw_network_svg(build_plan_edges(answer.demand, answer.best.plan, BOOK), "USD")
    labels = [
        (float(x), Decimal(amount.replace(",", "")))
        for x, amount in re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="middle"[^>]*>\$([\d,.]+)</text>', text)
    ]
    exists = 73 if answer.demand.existing else 0
    for column in ([v for x, v in labels if x < svg.WIDE / 2], [v for x, v in labels if x > svg.WIDE / 2]):
        assert column
        assert sum(column) == pytest.approx(answer.best.bill.total_exact - exists, abs=Decimal("0.01") * 12)


def test_pictures_are_of_whole_elements_and_show_names_as_text(answer):
    name = HOSTILE
    shown = [
        e._replace(group=name, hop=f"{name} {e.hop}") for e in build_plan_edges(answer.demand, answer.best.plan, BOOK)
    ]
    rows = {name: {name: Decimal(5)}}
    for text in (svg.draw_network_svg(shown, "USD"), svg.draw_stacked_svg(rows, "USD")):
        page = alone(render_page_html(Page("x", "y", sections=[Section("s", pictures=[Picture(name, text)])])))
        assert page.of("svg")


# ---------------------------------------------------------------- files, formats, exit codes
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.html", "<!doctype html>"), ("r.HTM", "<!doctype html>"), ("r", "<!doctype html>"), ("r.md", "# "),
        ("R.MD", "# "), ("r.markdown", "# "), ("r.json", "{"), ("r.csv", ",Value,"), ("r.txt", "Four VPCs"),
    ],
)  # fmt: skip
def test_the_format_follows_the_files_name(tmp_path, name, begins):
    assert run("report", ESTATE, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    assert run("report", ESTATE, "--format", "json", "-o", tmp_path / name).exit_code == 0
    assert json.loads((tmp_path / name).read_text(encoding="utf-8"))["title"] == "Four VPCs, 23 endpoints"


def test_csv_has_the_figures_of_the_json(pages, asked):
    lines = list(csv.reader(io.StringIO(run("report", *asked["network"][0], "--format", "csv").stdout)))
    rows = [r for s in pages("network")["sections"] for t in s["tables"] for r in t["rows"]]
    for row in rows:
        assert any(rows_of([line]) == rows_of([row]) for line in lines), row


def test_a_demand_comes_from_stdin():
    done = run("report", "-", "--format", "json", stdin=ESTATE.read_text(encoding="utf-8"))
    assert (done.exit_code, json.loads(done.stdout)["title"]) == (0, "Four VPCs, 23 endpoints")


WRONG = {
    "missing.yaml": (None, "file not found"),
    "missing.csv": (None, "file not found"),
    "empty.yaml": (b"", "is empty"),
    "empty.csv": (b"", "is empty"),
    "junk.yaml": (bytes(range(128, 256)), "Save it as UTF-8"),
    "junk.bin": (bytes(range(256)) * 4, "neither a bill nor flow logs"),
    "junk.gz": (b"\x1f\x8b" + bytes(range(256)), "neither a bill nor flow logs"),
    "text.csv": (b"a,b\n1,2\n", "neither a bill nor flow logs"),
    "wrong.yaml": (b"region: us-east-1\nvpcs:\n  - {name: a, zone: 3}\n", "line 3: unknown key 'zone'"),
    "kind.yaml": (b"region: us-east-1\nresources: [{kind: Endpoint}]\n", "line 2"),
    "broken.json": (b'{"vpcs": [', "line 1"),
    "answer.json": (b'{"plan": [], "certificate": {}, "lower_bound": "1"}', "name the demand file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_one_message_and_nothing_is_written(tmp_path, name):
    data, says = WRONG[name]
    path, out = tmp_path / name, tmp_path / "out" / "report.html"
    out.parent.mkdir()
    if data is not None:
        path.write_bytes(data)
    for files in ([path], [ESTATE, path]):
        done = run("report", *files, "-o", out)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.count("Error: ") == 1
        assert str(path) in done.stderr
        assert says in done.stderr
        assert [p.read_text() for p in out.parent.iterdir()] == ["what was there"] * out.exists()
        out.write_text("what was there", encoding="utf-8")


def test_what_is_lost_of_a_bill_is_said_and_exits_1(tmp_path):
    whole_ = BILL.read_bytes()
    (tmp_path / "a.csv.gz").write_bytes(whole_[: len(whole_) // 2])
    rows = bills.rows([used("nat_gateway_hour", 10)], schedule)
    bills.write_csv(tmp_path / "b.csv.gz", bills.legacy(rows, "2026-11"))
    done = run("report", tmp_path, "--format", "markdown")
    assert (done.exit_code, "Lost: " in done.stdout, "a.csv.gz" in done.stdout) == (1, True, True)


def test_a_folder_without_data_and_a_place_that_is_none(tmp_path):
    done = run("report", tmp_path)
    assert (done.exit_code, str(tmp_path) in done.stderr) == (2, True)
    done = run("report", ESTATE, "-o", tmp_path / "none" / "x.html")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert run("report").exit_code == 2
