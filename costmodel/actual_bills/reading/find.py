"""Which files a bill is: single ones, folders, globs, zip archives; of several assemblies the one that counts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, format_short_list
from costmodel.tabular.dataset import FoundFiles
from costmodel.tabular.find_files import Found, Lost, detect_kinds, drop_duplicate_files, expand_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PERIOD = re.compile(r"^\d{8}-\d{8}$")


def find_bill_files(given: Sequence[str | Path]) -> FoundFiles:
    """Return the files that hold a bill.

    Args:
        given: files, folders and globs; a folder is searched to its bottom.

    Raises:
        InputError: something given is not there, or it cannot be told which of several assemblies counts.
    """
    paths = list(dict.fromkeys(path for name in map(str, given) for path in _expand_bill_path(name)))
    manifests = {path: manifest for path in paths if (manifest := _read_manifest(path)) is not None}
    kinds = detect_kinds((path for path in paths if path not in manifests), given)
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
    return FoundFiles([Found(p, kinds[p]) for p in data], left, missing)


def _expand_bill_path(name: str) -> list[Path]:
    """Return the files that a name represents; a manifest alone represents the files next to and below it."""
    paths = expand_path(name)
    if len(paths) == 1 and _read_manifest(paths[0]) is not None:
        paths += expand_path(str(paths[0].parent))
    return paths


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the manifest of a Cost and Usage Report, None if a file is anything else."""
    if path.suffix.lower() != ".json":
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None
    known = isinstance(content, dict) and isinstance(content.get("reportKeys"), list) and content["reportKeys"]
    return content if known and "assemblyId" in content else None


def _filter_by_manifest(
    data: list[Path], manifests: dict[Path, dict[str, Any]], left: list[str], missing: list[Lost]
) -> list[Path]:
    """Keep the files that the newest manifest of each month lists, and those outside the folders of all manifests."""
    kept: set[Path] = set()
    covered: set[Path] = set()
    for paths in _group_manifests(manifests).values():
        newest = min(paths, key=lambda path: (len(path.parts), -path.stat().st_mtime))
        kept |= _find_listed_files(newest, manifests[newest], data, missing)
        folders = {path.parent for path in paths}
        covered.update(path for path in data if folders & set(path.parents))
    left += [f"{path}: belongs to another assembly than the manifest's" for path in data if path in covered - kept]
    return [path for path in data if path in kept or path not in covered]


def _find_listed_files(manifest: Path, content: dict[str, Any], data: list[Path], missing: list[Lost]) -> set[Path]:
    """Return the files that a manifest lists; add the ones that do not exist to ``missing``."""
    found = set()
    for key in map(str, content["reportKeys"]):
        path = _find_listed_file(key, data)
        if path is None:
            missing.append(Lost(key, None, f"{key}, which {manifest} lists, is missing"))
        else:
            found.add(path)
    return found


def _group_manifests(manifests: dict[Path, dict[str, Any]]) -> dict[tuple[str, str], list[Path]]:
    """Return manifests by the report and the month that they are of."""
    months: dict[tuple[str, str], list[Path]] = {}
    for path, manifest in manifests.items():
        start = str((manifest.get("billingPeriod") or {}).get("start", ""))
        months.setdefault((str(manifest.get("reportName", "")), start), []).append(path)
    return months


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
