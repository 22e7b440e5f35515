"""Give a FOCUS CSV file its types, as Parquet: IN.csv OUT.parquet. Run by tests/support/focus_validator.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

DECIMAL = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"
DATE_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"


def columns_of_type(name: str) -> set[str]:
    model = next(Path("focus_validator/rules").glob("model-1.2*.json"))
    rules = json.loads(model.read_text(encoding="utf-8"))["ModelRules"].values()
    needs = [rule["ValidationCriteria"]["Requirement"] for rule in rules]
    return {need["ColumnName"] for need in needs if need.get("CheckFunction") == name}


def main(source: str, target: str) -> None:
    frame = pl.read_csv(source, infer_schema=False)  # every value as it stands; an empty one is null
    for column in sorted(columns_of_type("TypeDecimal") & set(frame.columns)):
        if frame[column].str.contains(DECIMAL).all():
            frame = frame.with_columns(pl.col(column).cast(pl.Float64))
    for column in sorted(columns_of_type("TypeDateTime") & set(frame.columns)):
        if frame[column].str.contains(DATE_TIME).all():
            frame = frame.with_columns(pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"))
        else:  # the validator's reader would make a date of nearly anything: leave it nothing to read
            frame = frame.with_columns(pl.lit("not YYYY-MM-DDTHH:mm:ssZ").alias(column))
    frame.write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
