"""Which files a bill is: single ones, folders, globs, zip archives; of several assemblies the one that counts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import InputError, format_short_list
from costmodel.tabular.find_files import Found, Lost, detect_packing, drop_duplicate_files, expand_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PERIOD = re.compile(r"^\d{8}-\d{8}$")


class Files(NamedTuple):
    """What was found: the files to read, and what was left out or is missing, and why."""

    files: list[Found]
    left: list[str]
    missing: list[Lost]


def find_bill_files(given: Sequence[str | Path]) -> Files:
    """Return the files that hold a bill.

    Args:
        given: files, folders and globs; a folder is searched to its bottom.

    Raises:
        InputError: something given is not there, or it cannot be told which of several assemblies counts.
    """
    paths: dict[Path, None] = {}
    for one in map(str, given):
        there = expand_path(one)
        if [p.suffix.lower() for p in there] == [".json"] and _read_manifest(there[0]) is not None:
            there += expand_path(str(there[0].parent))  # a manifest alone stands for the files beside and below it
        paths.update(dict.fromkeys(there))
    manifests = {p: m for p in paths if p.suffix.lower() == ".json" and (m := _read_manifest(p)) is not None}
    named = {Path(one) for one in map(str, given)}
    kinds = {}
    for path in paths:
        if path not in manifests and (kind := detect_packing(path, asked=path in named)) is not None:
            kinds[path] = kind
    data = [p for p in kinds if "metadata" not in p.parts]
    left: list[str] = []
    missing: list[Lost] = []
    if manifests:
        data = _filter_by_manifest(data, manifests, left, missing)
    else:
        _require_one_assembly(data)
    data = drop_duplicate_files(data, kinds, left)
    if not data:
        message = (
            f"No bill in {format_short_list(list(map(str, given)))}: no CSV, gzip, zip or parquet file with rows is "
            "there."
        )
        raise InputError(message)
    return Files([Found(p, kinds[p]) for p in data], left, missing)


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return a manifest of a Cost and Usage Report, None of any other JSON."""
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None
    known = isinstance(told, dict) and isinstance(told.get("reportKeys"), list) and told["reportKeys"]
    return told if known and "assemblyId" in told else None


def _filter_by_manifest(
    data: list[Path], manifests: dict[Path, dict[str, Any]], left: list[str], missing: list[Lost]
) -> list[Path]:
    """Keep the files that the newest manifest of each month lists, and those that lie under no manifest's folder."""
    months: dict[tuple[str, str], list[Path]] = {}
    for path, told in manifests.items():
        start = str((told.get("billingPeriod") or {}).get("start", ""))
        months.setdefault((str(told.get("reportName", "")), start), []).append(path)
    kept: list[Path] = []
    under: set[Path] = set()
    for paths in months.values():
        paths.sort(key=lambda p: (len(p.parts), -p.stat().st_mtime))
        told = manifests[paths[0]]
        for key in map(str, told["reportKeys"]):
            hit = _find_listed_file(key, data)
            if hit is None:
                missing.append(Lost(key, None, f"{key}, which {paths[0]} lists, is not there"))
            else:
                kept.append(hit)
        folders = {p.parent for p in paths}
        under.update(d for d in data if folders & set(d.parents))
    chosen = set(kept)
    for path in under - chosen:
        left.append(f"{path}: of another assembly than the manifest's")
    return [d for d in data if d in chosen or d not in under]


def _find_listed_file(key: str, data: list[Path]) -> Path | None:
    """Find the file of a manifest's key: the one whose path ends like it, by the most parts; the name at least."""
    parts = key.split("/")[::-1]

    def alike(path: Path) -> int:
        return next((n for n, (a, b) in enumerate(zip(parts, path.parts[::-1], strict=False)) if a != b), len(parts))

    best = max(data, key=alike, default=None)
    return best if best is not None and alike(best) else None


def _require_one_assembly(data: Iterable[Path]) -> None:
    """Refuse several assemblies of one month where no manifest tells which counts: each is the whole month."""
    assemblies: dict[Path, dict[str, None]] = {}
    for path in data:
        for n, part in enumerate(path.parts[:-2]):
            if _PERIOD.match(part):
                assemblies.setdefault(Path(*path.parts[: n + 1]), {})[path.parts[n + 1]] = None
    for period, names in assemblies.items():
        if len(names) > 1:
            message = (
                f"{period} holds {len(names)} assemblies of one month ({format_short_list(list(names))}), each of "
                "them the whole "
                "month, and no manifest that says which counts. Name one of these folders, or add the manifest."
            )
            raise InputError(message)
