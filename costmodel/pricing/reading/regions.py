"""Reading what is known of Regions and zones beside their prices."""

from __future__ import annotations

from functools import cache

from costmodel.tabular.data_files import read_data_table


@cache
def _load_rows() -> list[dict[str, str]]:
    return read_data_table("pricing", "regions.csv")


def load_location_types() -> dict[str, str]:
    """Return every location that resources may lie in, and its type."""
    return {r["location"]: r["type"] for r in _load_rows() if r["type"] in ("region", "local-zone", "wavelength-zone")}


def load_partitions() -> dict[str, str]:
    """Return the AWS partition that each location is in."""
    return {r["location"]: r["partition"] for r in _load_rows()}


def load_zone_counts() -> dict[str, int]:
    """Return how many Availability Zones each Region has, where that is held."""
    return {r["location"]: int(r["zones"]) for r in _load_rows() if r["zones"].isdigit()}


def load_currencies() -> dict[str, str]:
    """Return the currency that each location is billed in."""
    return {r["location"]: r["currency"] for r in _load_rows()}


def load_location_names() -> dict[str, str]:
    """Return every location by its id and by each name that AWS has for it in price lists and feeds."""
    out = {r[k]: r["location"] for r in _load_rows() for k in ("feed_name", "name", "location") if r[k]}
    aliases = read_data_table("catalogue", "location_aliases.csv")
    return out | {r["alias"]: r["location"] for r in aliases if r["kind"] == "name"}


def load_usage_type_prefixes() -> dict[str, str]:
    """Return the prefix of each Region's usage types."""
    return {r["location"]: r["usage_type_prefix"] for r in _load_rows() if r["usage_type_prefix"]}


def get_home_region() -> str:
    """Return the Region that AWS means where it names none, which answers for services of the whole world."""
    return next(r["location"] for r in read_data_table("catalogue", "location_aliases.csv") if r["kind"] == "none")


def load_direct_connect_areas() -> dict[str, str]:
    """Return the area of Direct Connect locations that a site near each Region is taken to be in."""
    return {r["location"]: r["direct_connect_area"] for r in _load_rows() if r["direct_connect_area"]}


_COMPASS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}


@cache
def map_zone_prefixes() -> dict[str, str]:
    """Return each Region by how the ids of its zones begin: use1 is us-east-1, usgw1 us-gov-west-1."""
    out = {}
    for region, type_ in load_location_types().items():
        if type_ != "region":
            continue
        where, *middle, number = region.split("-")
        begins = where + "".join(_encode_region_word(word) for word in middle) + number
        out[begins] = region
    return out


def _encode_region_word(word: str) -> str:
    """Return a word of a Region's name as its zones' ids have it: southeast is se, gov g."""
    out = ""
    while word:
        hit = next((w for w in _COMPASS if word.startswith(w)), None)
        out += _COMPASS[hit] if hit else word[0]
        word = word[len(hit) :] if hit else ""
    return out
