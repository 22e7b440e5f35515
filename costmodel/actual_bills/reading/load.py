"""Reading what AWS charged: Cost and Usage Reports, legacy and 2.0, and FOCUS exports, of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.core.errors import CurrencyError, InputError, format_short_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from costmodel.actual_bills.actual_bill import ActualBill


def read_bill(
    *paths: str | Path,
    engine: str = "duckdb",
    table: str | None = None,
    connection: Any = None,
    strict: bool = False,
    resources: bool = True,
    progress: Callable[[float, str], None] | None = None,
) -> ActualBill:
    """Read what AWS charged.

    Args:
        paths: files, folders and globs of a legacy Cost and Usage Report (CSV, gzip, zip, parquet), of CUR 2.0 or of
            FOCUS 1.0 to 1.2; recognised by content.
        engine: ``duckdb`` reads files in this process; ``spark`` files or a table, ``athena`` a table, there where they
            are.
        table: a table of the engine's catalogue (``database.table``) instead of files.
        connection: of Spark a SparkSession, of Athena an Ibis connection; None makes one from the environment.
        strict: refuse a bill of which any row is lost, instead of saying what was lost.
        resources: sum by resource too, which findings need; a bill without costs one reading less.
        progress: called with the part done (0 to 1) of what it names, while DuckDB reads.

    Raises:
        InputError: nothing can be read, what was given is no bill, two files describe the same months of one payer, or
            ``strict`` and something was lost.
        CurrencyError: amounts are in several currencies.
    """
    from costmodel.actual_bills.reading.assemble import assemble_bill, query_bill_source
    from costmodel.actual_bills.reading.engines import BillDataset
    from costmodel.tabular.engines import check_engine

    check_engine(engine, files=bool(paths), table=table, what="a bill")
    dataset = BillDataset(paths)
    with dataset.open_sources(engine, table=table, connection=connection, progress=progress) as found:
        answers = [query_bill_source(source, resources=resources, run=found.run) for source in found.sources]
    bill = assemble_bill(answers, found.names, [*found.lost], list(found.notes))
    if strict and bill.lost:
        first = bill.lost[0]
        message = (
            f"{first.file}: {first.why}. Without --strict, costmodel reads the rest and reports what was lost"
            f"{f'; {len(bill.lost) - 1} more such' if len(bill.lost) > 1 else ''}."
        )
        raise InputError(message)
    _require_one_currency(bill.currency)
    return bill


def _require_one_currency(currency: str) -> None:
    if ";" in currency:
        message = (
            f"This bill has amounts in {format_short_list(currency.split(';'))}, which do not add up. Read them apart."
        )
        raise CurrencyError(message)
