"""Downloads of the feeds of AWS's Pricing Calculator: one file a service, without credentials or an index."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from costmodel.core.errors import InputError, format_suggestion
from costmodel.pricing.refresh.calculator import read_feed
from costmodel.pricing.refresh.files import open_unpacked
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.refresh.download import Fetcher
    from costmodel.pricing.refresh.mapping import Imported


def list_feed_addresses(names: Sequence[str], mirror: str | None = None) -> list[str]:
    """Return the addresses of feeds.

    Args:
        names: the feeds, as ``calculator_feeds.csv`` calls them.
        mirror: an address on the server that has them in AWS's place, under the same paths.

    Raises:
        InputError: a feed is not known.
    """
    known = {row["feed"]: row["address"] for row in read_data_table("catalogue", "calculator_feeds.csv")}
    for name in names:
        if name not in known:
            message = (
                f"No feed {name!r} of the calculator is known.{format_suggestion(name, known)} Known: "
                f"{', '.join(known)}."
            )
            raise InputError(message)
    return [urljoin(mirror, urlsplit(known[name]).path) if mirror else known[name] for name in names]


def fetch_feeds(addresses: Sequence[str], fetcher: Fetcher, book: PriceBook) -> Iterator[Imported]:
    """Download feeds, and yield their prices one after the other.

    Raises:
        InputError: a download fails, or a file is not a feed.
    """
    for address in addresses:
        got = fetcher.fetch_file(address)
        try:
            with open_unpacked(got.path) as stream:
                found = read_feed(stream, address, book)
        finally:
            got.path.unlink(missing_ok=True)
        yield found
