"""Flow logs as text: headers of any order, repeated or missing, packed or not, and what wraps lines in JSON."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import EmptyFileError, InputError, format_foreign_error
from costmodel.flow_logs.reading.layout import DEFAULT, NUMBERS, Layout, detect_flow_layout, is_header
from costmodel.tabular.find_files import Lost
from costmodel.tabular.gzip_files import is_intact, read_head, unpack_damaged_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from costmodel.tabular.find_files import Found

_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z?$")
_NUMBER = itertools.count()
_SHOWN = 80  # characters of a line that a message shows
_HOW = (
    "List its fields, in order, with --log-format 'version account-id …': `aws ec2 describe-flow-logs` shows them as "
    "LogFormat."
)


class Text(NamedTuple):
    """A log of lines to read: the file, what people call it, its fields, and what they mean."""

    path: Path
    name: str
    packed: bool
    fields: tuple[str, ...]
    layout: Layout


def read_flow_header(file: Found, name: str, head: bytes, *, log_format: str | None, keep: str, folder: Path) -> Text:
    """Return what the fields of a file's lines are: by its header, by ``log_format``, or by AWS's default format.

    Lines that CloudWatch Logs wraps in JSON are unwrapped first.

    Args:
        file: the file.
        name: what people call it.
        head: its first bytes, unpacked.
        log_format: the fields of lines without a header.
        keep: a field to read as it is.
        folder: where unwrapped lines are written.

    Raises:
        InputError: the fields of the lines are not known.
    """
    path, packed = file.path, file.kind == "gzip"
    text = head.decode("utf-8-sig", errors="replace").replace("\r", "")
    if text.lstrip().startswith("{"):
        path, packed = _unpack_messages(path, name, folder, packed=packed), False
        text = read_head(path, name, "csv").decode("utf-8", errors="replace")
    words = next(line for line in text.split("\n") if line.strip()).split()
    given = tuple(re.split(r"[\s,]+", log_format.strip())) if log_format else ()
    fields = _detect_fields(words, given, name)
    return Text(path, name, packed, fields, detect_flow_layout(fields, name, keep))


def _detect_fields(words: Sequence[str], given: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the fields of a file by the words of its first line.

    Raises:
        InputError: the line is not a header, and neither ``given`` nor AWS's default format fits.
    """
    if is_header(words):
        return tuple(words)
    if given:
        if len(words) != len(given):
            message = f"{name}: its lines have {len(words)} fields, and --log-format names {len(given)}."
            raise InputError(message)
        return given
    if len(words) == len(DEFAULT) and words[0] == "2":
        return tuple(DEFAULT)
    if len(words) == len(DEFAULT) + 1 and _STAMP.match(words[0]) and words[1] == "2":
        return ("timestamp", *DEFAULT)  # as CloudWatch Logs exports them
    first = "".join(c if c.isprintable() else "?" for c in " ".join(words)[:_SHOWN])
    message = f"{name} has no header that names the fields of a flow log; its first line is {first!r}. {_HOW}"
    raise InputError(message)


def _unpack_messages(path: Path, name: str, folder: Path, *, packed: bool) -> Path:
    """Write the messages of CloudWatch Logs' subscription, one JSON object after the other, as lines."""
    target = folder / f"messages-{next(_NUMBER)}"
    opened: Any = gzip.open if packed else open
    number = 0
    try:
        with opened(path, "rt", encoding="utf-8-sig") as file, target.open("w", encoding="utf-8") as out:
            for told in _parse_objects(file.read()):
                if told.get("messageType") == "CONTROL_MESSAGE":
                    continue
                events = told.get("logEvents", [told])
                for event in events:
                    out.write(" ".join(str(event["message"]).split()) + "\n")
                    number += 1
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = (
            f"{name} is JSON, but not as CloudWatch Logs sends flow logs, which has logEvents with a message each "
            f"({type(error).__name__}: {error})."
        )
        raise InputError(message) from None
    if not number:
        message = f"{name} contains no flow log messages."
        raise EmptyFileError(message)
    return target


def _parse_objects(text: str) -> Iterator[Any]:
    decode, at = json.JSONDecoder().raw_decode, 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        told, at = decode(text, at)
        yield from told if isinstance(told, list) else [told]


def write_flow_parquet(texts: Sequence[Text], folder: Path) -> tuple[Path, list[Lost]]:
    """Copy files of the same fields into one parquet file of those that are read; say what was lost.

    polars reads lines twice as fast as DuckDB (`make bench`), and refuses a packed file that is damaged or cut short;
    of such a one what can be unpacked is read.

    Raises:
        InputError: nothing of them can be read.
    """
    import polars as pl

    target = folder / f"rows-{next(_NUMBER)}.parquet"
    try:
        _copy_fields([t.path for t in texts], texts[0], target)
    except (pl.exceptions.PolarsError, OSError) as error:
        lost: list[Lost] = []
        whole = []
        for text in texts:
            whole.append(text.path)
            if text.packed:
                whole[-1] = folder / f"unpacked-{next(_NUMBER)}"
                why = unpack_damaged_gzip(text.path, whole[-1])
                lost += [] if is_intact(text.path) else [Lost(text.name, None, why)]
        if not any(t.packed for t in texts):
            message = f"{texts[0].name} cannot be read as lines: {format_foreign_error(error)}"
            raise InputError(message) from None
        _copy_fields(whole, texts[0], target)
        return target, lost
    return target, []


def _copy_fields(paths: Sequence[Path], text: Text, target: Path) -> None:
    """Copy what is read of the lines; ``short`` says which have fewer fields than the header. Headers are left out."""
    import polars as pl

    names = [f"c{n}" for n in range(len(text.fields))]
    at = dict(reversed(list(zip(text.fields, names, strict=True))))
    lines = pl.scan_csv(
        [str(p) for p in paths],
        separator=" ",
        has_header=False,
        quote_char=None,
        schema=dict.fromkeys(names, pl.String),
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
        low_memory=True,
    )
    out = []
    for ours, theirs in text.layout.columns:
        column = pl.col(at[theirs])
        out.append((column.cast(pl.Int64, strict=False) if ours in NUMBERS else column).alias(theirs))
    if text.layout.keep and text.layout.keep not in {t for _, t in text.layout.columns}:
        out.append(pl.col(at[text.layout.keep]).alias(text.layout.keep))
    out.append(pl.col(names[-1]).is_null().alias("short"))
    first = pl.col(names[0])
    kept = lines.filter(first.is_not_null() & (first != text.fields[0]))
    kept.select(out).sink_parquet(target, compression="lz4", statistics=False)
