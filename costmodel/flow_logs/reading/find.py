"""Which files hold flow logs, and where they come from by the names of S3's folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError, format_short_list
from costmodel.tabular.dataset import FoundFiles
from costmodel.tabular.find_files import Found, detect_kinds, drop_duplicate_files, expand_path

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDINGS = (".log", ".gz", ".txt", ".csv", ".json", ".zip")
_PLAIN = re.compile(
    r"AWSLogs/(?:aws-account-id=)?(\d{12})/(?:aws-service=)?\w*flowlogs\w*/(?:aws-region=)?([a-z0-9-]+)/"
)
_NAMED = re.compile(r"^(\d{12})_vpcflowlogs_([a-z0-9-]+)_fl-")


def find_flow_files(given: Sequence[str | Path]) -> FoundFiles:
    """Return the files that hold flow logs, and what was left out and why.

    Args:
        given: files, folders and globs; a folder is searched to its bottom, as S3 lays it out, plain or as Hive does.

    Raises:
        InputError: something given is not there, or none of it holds any.
    """
    paths = dict.fromkeys(path for name in map(str, given) for path in expand_path(name, what="the flow logs"))
    kinds = detect_kinds(paths, given, _ENDINGS)
    left: list[str] = []
    data = drop_duplicate_files(list(kinds), kinds, left)
    if not data:
        message = (
            f"No flow log in {format_short_list(list(map(str, given)))}: no text, gzip, zip or parquet file is there."
        )
        raise InputError(message)
    return FoundFiles([Found(path, kinds[path]) for path in data], left, [])


def parse_file_origin(name: str) -> tuple[str, str]:
    """Return the account and the Region in the names of a file's folders, or in its own; "" where there is none."""
    path = Path(name).as_posix()
    hit = _PLAIN.search(path) or _NAMED.match(path.rpartition("/")[2])
    return (hit[1], hit[2]) if hit else ("", "")
