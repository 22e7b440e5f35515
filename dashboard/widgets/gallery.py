"""The gallery: estates that are ready to look at, and how each is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from costmodel.documents.document import read_document
from costmodel.tabular.data_files import locate_package_folder, read_data_table
from dashboard.session import plans, resources, state

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = "network"


class Estate(NamedTuple):
    """An estate of the gallery.

    Attributes:
        stem: its file's name, without the ending.
        title: what it is.
        question: what people ask of it.
        network: whether it is a network, to be estimated; else a demand, to be compared.
        about: what it teaches.
    """

    stem: str
    title: str
    question: str
    network: bool
    about: str

    @property
    def path(self) -> Path:
        """Where its file lies."""
        return _locate_gallery() / f"{self.stem}.yaml"


def _locate_gallery() -> Path:
    return locate_package_folder("data") / "examples" / "gallery"


@st.cache_resource(show_spinner=False)
def load_gallery_estates() -> dict[str, Estate]:
    """Return the estates of the gallery by their stem, in its order."""
    rows = read_data_table("examples/gallery", "index.csv")
    found = (
        Estate(
            r["file"].removesuffix(".yaml"),
            r["title"],
            r["question"],
            r["kind"] == NETWORK,
            r["about"],
        )
        for r in rows
    )
    return {e.stem: e for e in found}


def open_gallery_estate(stem: str) -> str:
    """Make an estate the session's, and return the page that answers its question."""
    estate = load_gallery_estates()[stem]
    if estate.network:
        plans.load_estate_file(estate.path.read_text(encoding="utf-8"), estate.path.name)
        return "views/estimate.py"
    state.set_demand(_read_gallery_demand(stem))
    return "views/compare.py"


def _read_gallery_demand(stem: str) -> dict[str, Any]:
    return dict(read_document(load_gallery_estates()[stem].path).value)


def list_example_demands() -> dict[str, str]:
    """Return every demand that ships with the package: the way to load it → its title."""
    own = {f"example-{stem}": str(d.value.get("name", stem)) for stem, d in resources.load_example_demands().items()}
    return own | {f"gallery-{e.stem}": e.title for e in load_gallery_estates().values() if not e.network}


def open_example_demand(way: str) -> None:
    """Load a demand that ships with the package."""
    kind, _, stem = way.partition("-")
    state.set_demand(_read_gallery_demand(stem) if kind == "gallery" else resources.get_example_demand(stem))
