"""The documents: every block of every page runs, no figure is typed by hand, and the site asks no other host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

sys.path.insert(0, str(DOCS))
import blocks  # noqa: E402
import fileformats  # noqa: E402
import measured  # noqa: E402
import rulebook  # noqa: E402

from costmodel import aws  # noqa: E402  # noqa: E402
from costmodel.architectures.patterns import PATTERNS  # noqa: E402  # noqa: E402
from costmodel.cli import main  # noqa: E402  # noqa: E402
from costmodel.core.assumptions import ASSUMPTIONS  # noqa: E402  # noqa: E402

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))


@pytest.fixture(scope="module")
def rendered():
    """What a page becomes; each page runs once."""
    made = {}

    def of(page):
        if page not in made:
            made[page] = blocks.rendered(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
        return made[page]

    return of


# ---------------------------------------------------------------- pages
@by_page
def test_every_block_of_a_page_runs_and_names_no_folder(page, rendered):
    text = rendered(page)
    assert "{{" not in text
    assert str(ROOT) not in text
    assert "Traceback" not in text
    assert not re.search(r"(/tmp|/home|/root)/", text)


@by_page
def test_a_sentence_has_no_figure_typed_by_hand(page):
    """Money, GB and fractions are computed: what stands in code, in values and in links is not looked at."""
    for part in blocks.parts(page.read_text(encoding="utf-8")):
        if part.info is None:
            for number, line in enumerate(part.lines, part.line):
                text = re.sub(r"\{\{.*?\}\}|`[^`]*`|\]\([^)]*\)|Python 3[\d., or]*|legacy(,| or) 2\.0", "", line)
                found = re.search(r"\$\s?\d|\d[.,]\d|\b\d+\s?(GB|TB|PB|USD|%|ms|seconds)\b", text)
                assert not found, f"{page.name}, line {number}: {line}"


@by_page
def test_consoles_hold_commands_only(page):
    for part in blocks.parts(page.read_text(encoding="utf-8")):
        if part.info and part.info.split()[0] in ("console", "sh"):
            commands = re.findall(r"(?:^|\s)(?:\.venv/bin/)?costmodel ([a-z]+)", "\n".join(part.lines))
            assert set(commands) <= set(main.commands), f"{page.name}, line {part.line}"


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.relative_to(DOCS).as_posix() in nav


def test_the_start_page_says_by_hand_what_the_arithmetic_says(rendered):
    """us-east-1: two services of a hub in three zones, zones of their names, 1,240 GB by endpoint and over peering.

    Peering crosses zones with two thirds of the bytes, on both sides.
    """
    gb = 4 * (5 + 5 + 300)
    total = 2 * 3 * 730 * 0.01 + 2 * 0.50 + gb * 0.01 + gb * 2 / 3 * 0.02
    assert f"cheapest plan                       {total:.2f}  –" in rendered(DOCS / "index.md")
    assert re.search(r"Gap +none: proven optimal", rendered(DOCS / "index.md"))


def test_the_break_even_is_the_one_by_hand(rendered):
    by_hand = 3 * 730 * 0.01 / (0.045 - 0.01)
    assert f"give\n**{by_hand:,.0f} GB a month**" in rendered(DOCS / "how-to" / "nat-or-endpoint.md")


def test_the_rule_book_has_every_kind_meter_assumption_rule_and_architecture(rendered):
    text = rendered(DOCS / "rules.md")
    catalogue = rulebook.load_catalogue()
    for name in [*aws.VARIANTS, *ASSUMPTIONS]:
        assert f"\n### {name}\n" in text
    for name in [*aws.METERS, *catalogue.rules, *(q.id for q in catalogue.quotas), *PATTERNS]:
        assert f"`{name}`" in text
    for m in aws.METERS.values():
        assert m.rule.replace("|", "\\|") in text
        assert m.url in text


def test_the_published_mistakes_are_put_right(rendered):
    """Each by hand, from list prices of us-east-1."""
    text = rendered(DOCS / "myths.md")
    for figure in (
        730 * 0.01 / (0.045 - 0.01),  # an endpoint against a NAT gateway, one zone
        12 * 730 * 0.05,  # twelve attachments
        36 * 730 * 0.01,  # an endpoint in three zones, a year
        730 * 0.01 + 1_048_576 * 0.01 + 4_194_304 * 0.006 + 1_757_120 * 0.004,  # seven million GB
        10_000 / 800 * 730 * 0.006,  # the units of ten thousand connections a second
        300 * 1024 * 0.045,  # ten terabytes a day
    ):
        assert f"{figure:,.2f}" in text or f"{figure:,.1f} GB" in text, figure


# ---------------------------------------------------------------- blocks
def page_of(*lines):
    return "\n".join(lines)


def test_blocks_run_from_top_to_bottom():
    source = page_of(
        "```yaml file=n.yaml",
        "region: us-east-1",
        "resources: [{kind: NatGateway, gb_processed: 100}]",
        "```",
        "```console until=Assumed",
        "$ costmodel estimate n.yaml",
        "```",
        "```python show",
        "x = 3",
        "print('**bold**')",
        "```",
        "so {{ x + 1 }} and {{ money(1234.5) }}",
        "```python run",
        "print(x)",
        "```",
        "```text",
        "as it is, {{ x }}",
        "```",
    )
    text = blocks.rendered(source, "page.md")
    assert '```yaml title="n.yaml"\n' in text
    assert "$ costmodel estimate n.yaml\n" in text
    assert "\nTotal    41.00  USD\n```" in text
    assert "\n**bold**\n" in text
    assert "x = 3" not in text
    assert "so 4 and 1,234.50" in text
    assert "```python\nprint(x)\n```\n\n```text\n3\n```" in text
    assert "as it is, {{ x }}" in text


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        (["one", "{{ 1 / 0 }}"], 2, "ZeroDivisionError"),
        (["```python show", "a = 1", "raise ValueError('no')", "```"], 3, "ValueError: no"),
        (["```python run", "a = (", "```"], 2, "SyntaxError"),
        (["", "```console", "$ costmodel estimate absent.yaml", "```"], 3, "exit code 2"),
        (["```console", "ls", "```"], 2, "a line of a console"),
        (["```console from=Nothing", "$ costmodel --version", "```"], 1, "begins with 'Nothing'"),
    ],
)
def test_a_block_that_fails_names_page_and_line(lines, line, why):
    with pytest.raises(blocks.BlockError, match=rf"page\.md, line {line}: .*{re.escape(why)}"):
        blocks.rendered(page_of(*lines), "page.md")


def test_a_page_sees_the_embedded_prices_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COSTMODEL_PRICES", "mine")
    code = "import os, pathlib; print(os.environ['COSTMODEL_PRICES'] != 'mine', sorted(os.listdir()))"
    text = blocks.rendered(page_of("```python show", code, "```"), "page.md")
    assert "True ['data']" in text
    assert Path.cwd() == tmp_path
    assert not list(tmp_path.iterdir())


def test_a_description_of_keys_that_nobody_reads_fails(monkeypatch):
    monkeypatch.setitem(fileformats._OF_CONTRACT, "invented", "a key")
    with pytest.raises(ValueError, match="invented"):
        fileformats.terms()


def test_benchmarks_say_what_was_measured(tmp_path):
    file = tmp_path / "benchmarks.json"
    assert "Not measured yet" in measured.results(file)
    entry = {"name": "sweep", "measured": "12 ms", "bar": "within 2 times", "held": True}
    raw = {"name": "cut", "ours": 0.01, "peer": 0.02, "against": "HiGHS", "ratio": 2.0, "bar": "faster", "held": False}
    about = {"date": "2026-11-30", "machine": "2 cores"}
    for held in ({**about, "results": [entry, raw]}, [about, entry, raw]):
        file.write_text(json.dumps(held), encoding="utf-8")
        text = measured.results(file)
        assert "2026-11-30, 2 cores" in text
        assert "| sweep | 12 ms | – | within 2 times | yes |" in text
        assert "| cut | 10.0 ms beside 20.0 ms: 2.00 | HiGHS | faster | **no** |" in text


# ---------------------------------------------------------------- the site
@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built strictly: a link that leads nowhere, or a block that fails, ends it."""
    for name in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(name, reason="the documents' dependencies are not installed")
    out = tmp_path_factory.mktemp("site")
    # Not --quiet: it would hide warnings from --strict too.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment(tmp_path_factory)
    )
    assert built.returncode == 0, built.stderr
    return out


def environment(factory):
    import os

    return {**os.environ, "NO_MKDOCS_2_WARNING": "1", "XDG_CACHE_HOME": str(factory.mktemp("cache"))}


class Loads(HTMLParser):
    """What a page loads by itself, and the anchors it has."""

    def __init__(self):
        super().__init__()
        self.loads, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids.add(given.get("id"))
        if tag == "link" and given.get("rel") in ("canonical", "next", "prev"):
            return
        if tag not in ("a", "area"):
            self.loads += [given[key] for key in ("src", "href", "srcset", "data", "poster") if given.get(key)]


@pytest.mark.xdist_group("documents")
def test_the_site_loads_nothing_from_another_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        reader = Loads()
        reader.feed(page.read_text(encoding="utf-8"))
        assert reader.loads
        assert not [one for one in reader.loads if re.match(r"(?:[a-z]+:)?//", one)], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet


@pytest.mark.xdist_group("documents")
def test_the_site_has_pages_reference_and_search_but_no_sources(site):
    reference = (site / "api.html").read_text(encoding="utf-8")
    assert "Find the cheapest plan." in reference
    assert "certificate" in reference
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert any("minimum cut" in entry["text"] for entry in found["docs"])
    assert not list(site.rglob("*.py"))
    assert not list(site.rglob("benchmarks.json"))
