"""The Price List Bulk API: from the index of services to each Region's file; no credentials are asked for."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from costmodel.core.errors import InputError, format_short_list, format_suggestion
from costmodel.pricing.refresh.download import RefusedError
from costmodel.pricing.refresh.files import open_unpacked, read_offer_file
from costmodel.pricing.refresh.mapping import Imported, convert_offer, get_product_families, load_network_offers
from costmodel.pricing.refresh.offer import Offer, Rate
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.refresh.download import Fetcher

_LONG = 90 * 24 * 3600
"""Seconds that what is kept of a file outlives the last refresh that asked for it."""

_FORMAT = 1
"""Of what is kept of files; a change of :class:`Rate` raises it, and they are fetched again."""


class Wanted(NamedTuple):
    """What to fetch.

    Attributes:
        address: of the index of services.
        offers: names of offers; none is all that hold prices of networks.
        regions: none is all that the tables know.
        on: the day whose prices are wanted; None is now.
    """

    address: str
    offers: Sequence[str] = ()
    regions: Sequence[str] = ()
    on: date | None = None


class File(NamedTuple):
    """An offer's file for one Region ("" where it has one for all)."""

    offer: str
    region: str
    url: str


def load_index_addresses() -> dict[str, str]:
    """Return the address of the index of services of each partition whose price list is public."""
    return {r["partition"]: r["index"] for r in read_data_table("catalogue", "price_list_partitions.csv")}


def resolve_index_address(url: str, partition: str) -> str:
    """Return the address of the index of services on a server: as it is given, else where AWS has it.

    Raises:
        InputError: it is no address of a server.
    """
    known = load_index_addresses()
    if urlsplit(url).scheme not in ("http", "https"):
        message = f"{url!r} is not an address such as {known.get(partition, 'https://…')}."
        raise InputError(message)
    if url.endswith((".json", ".gz")):
        return url
    return urljoin(url, urlsplit(known.get(partition, next(iter(known.values())))).path)


def list_offer_files(wanted: Wanted, fetcher: Fetcher, book: PriceBook, notes: list[str]) -> list[File]:
    """Return the files to fetch, through the indexes.

    Raises:
        InputError: an index does not come or is none, or it has not what was asked for.
    """
    remove_stale_files(fetcher.folder)
    index = _fetch_index(wanted.address, fetcher, "offers")
    for name in wanted.offers:
        if name not in index or name not in load_network_offers():
            known = f"{wanted.address} has no offer {name!r} that prices networks."
            message = (
                f"{known}{format_suggestion(name, load_network_offers())} Known: {', '.join(load_network_offers())}."
            )
            raise InputError(message)
    out: list[File] = []
    for name in wanted.offers or load_network_offers():
        if name not in index:
            notes.append(f"{wanted.address}: it has no offer {name}; its prices stay as they are.")
            continue
        try:
            out += _list_files_of_offer(name, index[name], wanted, fetcher, book, notes)
        except (KeyError, TypeError, AttributeError) as error:
            message = f"{wanted.address}: its part on {name} does not have AWS's format ({error})."
            raise InputError(message) from None
    if not out:
        message = f"{wanted.address}: it has no file of {format_short_list(wanted.regions)}."
        raise InputError(message)
    return out


def fetch_offer_files(files: Sequence[File], fetcher: Fetcher, book: PriceBook) -> Iterator[tuple[File, Imported]]:
    """Fetch files and say what they mean, one after the other.

    What is kept of each is its rates that matter, so that the next refresh asks only whether it changed.

    Raises:
        InputError: one does not come, or is not understood.
    """
    for file in files:
        yield file, convert_offer(_fetch_offer(file, fetcher), file.url, book)


def remove_stale_files(folder: Path) -> None:
    """Delete what is kept of files that no refresh has asked for in a long time: each version has its own address."""
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > _LONG:
            path.unlink(missing_ok=True)


def _fetch_index(url: str, fetcher: Fetcher, key: str) -> dict[str, Any]:
    got = fetcher.fetch_file(url)
    try:
        with open_unpacked(got.path) as stream:
            found: dict[str, Any] = dict(json.load(stream)[key])
    except (ValueError, KeyError, TypeError, OSError, EOFError, RecursionError, zlib.error) as error:
        message = f"{url}: it is not an index of AWS's Price List ({error})."
        raise InputError(message) from None
    finally:
        got.path.unlink(missing_ok=True)
    return found


def _list_files_of_offer(
    name: str, entry: dict[str, Any], wanted: Wanted, fetcher: Fetcher, book: PriceBook, notes: list[str]
) -> list[File]:
    """Return the files of one offer."""
    whole, by_region = entry.get("currentVersionUrl"), entry.get("currentRegionIndexUrl")
    if wanted.on is not None:
        version = _find_version(name, urljoin(wanted.address, str(entry.get("versionIndexUrl"))), wanted.on, fetcher)
        whole, by_region = (u and str(u).replace("/current/", f"/{version}/") for u in (whole, by_region))
    if not by_region:
        return [File(name, "", urljoin(wanted.address, str(whole)))]
    at = urljoin(wanted.address, str(by_region))
    out, unknown = [], []
    for code, region in _fetch_index(at, fetcher, "regions").items():
        place = book.locations.get(code)
        if place is None:
            unknown.append(code)
        elif not wanted.regions or {code, place.parent} & set(wanted.regions):
            out.append(File(name, code, urljoin(at, str(region["currentVersionUrl"]))))
    if unknown:
        notes.append(
            f"{name}: places that regions.csv does not know were left out: {format_short_list(sorted(unknown))}."
        )
    return out


def _find_version(name: str, url: str, on: date, fetcher: Fetcher) -> str:
    """Return the version of an offer that was in force on a day."""
    held = []
    for version, told in _fetch_index(url, fetcher, "versions").items():
        begin, end = str(told.get("versionEffectiveBeginDate", "")), str(told.get("versionEffectiveEndDate", ""))
        if begin[:10] <= on.isoformat() and (not end or on.isoformat() < end[:10]):
            held.append((begin, version))
    if not held:
        message = f"{url}: no version of {name} was in force on {on}."
        raise InputError(message)
    return max(held)[1]


def _fetch_offer(file: File, fetcher: Fetcher) -> Offer:
    """Return a file in the format that costs less: AWS has each in both, under names that differ by their ending."""
    as_csv = file.url.removesuffix(".json") + ".csv"
    if load_network_offers()[file.offer].format == "csv" and as_csv != file.url:
        try:
            return _fetch_rates(as_csv, fetcher, is_csv=True)
        except RefusedError:
            pass
    return _fetch_rates(file.url, fetcher, is_csv=file.url.endswith(".csv"))


def _fetch_rates(url: str, fetcher: Fetcher, *, is_csv: bool) -> Offer:
    kept = fetcher.locate_kept_file(url, ".rates.json.gz")
    etag, offer = _load_kept_offer(kept)
    got = fetcher.fetch_file(url, etag)
    if not got.fresh and offer is not None:
        kept.touch()
        return offer
    try:
        offer = read_offer_file(got.path, url, get_product_families, is_csv=is_csv)
    finally:
        got.path.unlink(missing_ok=True)
    _save_offer(kept, got.etag, offer)
    return offer


def _load_kept_offer(path: Path) -> tuple[str, Offer | None]:
    """Return what is kept of a file, and its ETag; nothing where that is damaged or of another version of ours."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            told = json.load(file)
        if told["format"] != _FORMAT:
            return "", None
        rates = [Rate._make([*r[:-1], tuple(map(tuple, r[-1]))]) for r in told["rates"]]
        return str(told["etag"]), Offer(told["code"], told["version"], told["published"], rates)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
        return "", None


def _save_offer(path: Path, etag: str, offer: Offer) -> None:
    if not etag:
        return
    told = {"format": _FORMAT, "etag": etag} | offer._asdict()
    aside = path.with_suffix(".new")
    with gzip.open(aside, "wt", encoding="utf-8") as file:
        json.dump(told, file)
    aside.replace(path)
