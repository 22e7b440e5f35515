"""A table is picked by its id: other titles change no report but these titles."""

from __future__ import annotations

import json
import re
from itertools import count

import pytest

from costmodel.reporting.model import Report, Table
from tests.support.paths import ESTATE, EXAMPLES
from tests.support.run_cli import run

SECONDS = re.compile(r"seconds: [\d.]+")


def read_page(*arguments):
    """What a report says, without the time that its search took."""
    done = run("report", *arguments, "--format", "json")
    return json.loads(SECONDS.sub("", done.stdout))


def take_titles(page):
    """Take the titles of tables out of a page, and return them."""
    return [table.pop("title") for section in page["sections"] for table in section["tables"]]


@pytest.mark.parametrize(
    "arguments",
    [(ESTATE, "--frontier"), (EXAMPLES / "plan.json",), (EXAMPLES / "bill.csv.gz",), (EXAMPLES / "flows.log.gz",)],
    ids=["demand", "plan", "bill", "flows"],
)
def test_another_title_changes_nothing_else(monkeypatch, arguments):
    page = read_page(*arguments)
    numbers = count()
    make = Table.__new__

    def rename(cls, id, title, columns, rows):  # noqa: A002 - the field's name
        return make(cls, id, title and f"word {next(numbers)}", columns, rows)

    monkeypatch.setattr(Table, "__new__", rename)
    renamed = read_page(*arguments)
    titles, others = take_titles(page), take_titles(renamed)
    assert renamed == page
    assert [bool(title) for title in others] == [bool(title) for title in titles]
    assert next(numbers)  # some table has another title


def test_ids_pick_tables():
    tables = [Table(name, "", ["A"], [[name]]) for name in ("one", "two", "three")]
    report = Report(tables)
    assert list(report) == tables
    assert report["two"] == tables[1]
    assert "four" not in report
    assert list(report.pick("three", "one", "four")) == [tables[0], tables[2]]
    assert list(report.exclude("one")) == tables[1:]
    with pytest.raises(ValueError, match="'one'"):
        report.add(tables[0])
