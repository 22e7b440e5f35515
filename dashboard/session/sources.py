"""A bill or flow logs of a session: uploaded, at a path of this machine, or the example; read once."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import streamlit as st

from costmodel.core.errors import CostmodelError
from dashboard.session import links, resources, state, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Report = TypeVar("Report")
UPLOAD, PATH, EXAMPLE = "upload", "path", "example"


class SourceRequest(NamedTuple):
    """What the user wants read.

    Attributes:
        way: UPLOAD, PATH, or EXAMPLE.
        path: the file, folder, or pattern, for PATH.
        files: the names and contents of the files, for UPLOAD.
    """

    way: str
    path: str = ""
    files: uploads.Files = ()


@dataclass
class SourceState(Generic[Report]):
    """What a session holds of a bill or of flow logs.

    Attributes:
        request: what the user wants read; None until the page is opened or a file is given.
        read: what was read: the request, and the settings of the page; None before it is read.
        report: the report of what was read; None where it cannot be read.
        error: why it cannot be read; None where it can.
        prices: the prices that the report is at.
    """

    request: SourceRequest | None = None
    read: tuple[SourceRequest, tuple[Any, ...]] | None = None
    report: Report | None = None
    error: str | None = None
    prices: resources.Prices | None = None


class SourceWords(NamedTuple):
    """The labels of a source's widgets, and their help."""

    upload: str
    upload_help: str
    path: str
    path_example: str
    path_help: str
    example: str
    example_icon: str
    reading: str


class Data(Protocol):
    """What a reader returns, as far as the names of uploaded files are in it."""

    files: list[str]
    notes: list[str]
    lost: list[Any]


class Reader(Protocol):
    """Reads files, with the settings of the page."""

    def __call__(
        self, files: Sequence[str | Path], settings: tuple[Any, ...], folder: Path, progress: Callable[..., Any]
    ) -> Any:
        """Return what is in the files; ``folder`` is empty, and removed afterwards."""


@dataclass(frozen=True)
class DataSource(Generic[Report]):
    """A kind of data that a page reads: its widgets, its reader, and its place in the session.

    Attributes:
        key: the key of its state in the session, with which the keys of its widgets begin.
        link: the parameter of the address that holds the path.
        types: the endings of files that can be uploaded.
        words: the labels of its widgets.
        locate_example: returns the path of the example.
        read: reads files.
        build: builds the report of what was read, at the prices of the session.
        rebuild: builds a report again, at the prices of the session.
        get_settings: returns what the page says of the files, which they do not say.
    """

    key: str
    link: str
    types: Sequence[str]
    words: SourceWords
    locate_example: Callable[[], Path]
    read: Reader
    build: Callable[[Any], Report]
    rebuild: Callable[[Report], Report]
    get_settings: Callable[[], tuple[Any, ...]] = tuple

    def get_state(self) -> SourceState[Report]:
        """Return what the session holds of this source."""
        found: SourceState[Report] = st.session_state.setdefault(self.key, SourceState())
        return found

    def get_uploader_number(self) -> int:
        """Return the number of the uploaders; another number is an empty uploader."""
        number: int = st.session_state[state.init_widget(f"{self.key}_uploader", 0)]
        return number

    def show_sidebar(self) -> None:
        """Show the uploader, the path, and the example."""
        words = self.words
        with st.sidebar:
            st.file_uploader(
                words.upload,
                type=self.types,
                accept_multiple_files=True,
                key=f"{self.key}_files-{self.get_uploader_number()}",
                on_change=self._handle_upload,
                help=words.upload_help,
            )
            with st.form(f"{self.key}_path", border=False):
                st.text_input(words.path, key=f"{self.key}_where", placeholder=words.path_example, help=words.path_help)
                st.form_submit_button(
                    "Read", on_click=self._handle_path, icon=":material/folder_open:", width="stretch"
                )
            st.button(words.example, on_click=self._open_example, icon=words.example_icon, width="stretch")

    def _handle_upload(self) -> None:
        files = st.session_state.get(f"{self.key}_files-{self.get_uploader_number()}") or []
        if files:
            self.get_state().request = SourceRequest(UPLOAD, files=uploads.read_uploads(files))

    def _handle_path(self) -> None:
        where = (st.session_state.get(f"{self.key}_where") or "").strip()
        if where:
            self.get_state().request = SourceRequest(PATH, where)

    def _open_example(self) -> None:
        self.get_state().request = SourceRequest(EXAMPLE)
        st.session_state[f"{self.key}_uploader"] += 1  # empty uploaders

    def load_report(self) -> Report | None:
        """Return the report of what is requested, read once, with progress; None where it cannot be read."""
        held = self.get_state()
        if held.request is None:
            where = links.get_link_parameter(self.link)
            held.request = SourceRequest(PATH, where) if where else SourceRequest(EXAMPLE)
        links.set_link_parameters(**{self.link: held.request.path or None})
        wanted = (held.request, self.get_settings())
        if held.read != wanted:
            self._read_request(held, *wanted)
        elif held.report is not None and held.prices != resources.make_prices_key():
            held.report = self.rebuild(held.report)
            held.prices = resources.make_prices_key()
        if held.error:
            st.error(state.escape_page_text(held.error), icon=":material/error:")
        return held.report

    def _read_request(self, held: SourceState[Report], request: SourceRequest, settings: tuple[Any, ...]) -> None:
        """Read what is requested, and keep the report, or the error."""
        held.read, held.report, held.error = (request, settings), None, None
        held.prices = resources.make_prices_key()
        bar = st.progress(0.0, self.words.reading)
        try:
            held.report = self.build(self._read_files(request, settings, bar))
        except CostmodelError as error:
            held.error = uploads.strip_upload_folders(error.describe_for_page())
        finally:
            bar.empty()

    def _read_files(self, request: SourceRequest, settings: tuple[Any, ...], bar: Any) -> Data:
        """Return what is in the requested files; uploaded ones go by their own names."""

        def show_progress(part: float, what: str) -> None:
            bar.progress(min(1.0, part), f"Reading {state.escape_page_text(Path(what).name)}")

        with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as name:
            folder = Path(name)
            if request.way == EXAMPLE:
                return self.read([self.locate_example()], settings, folder, show_progress)
            if request.way == PATH:
                pattern = any(c in request.path for c in "*?[")
                where = request.path if pattern else Path(request.path).expanduser()
                return self.read([where], settings, folder, show_progress)
            paths = uploads.write_uploads(request.files, folder / "files")
            data = self.read(paths, settings, folder, show_progress)
            _restore_names(data, request.files, paths)
            return data


def _restore_names(data: Data, files: uploads.Files, paths: Sequence[Path]) -> None:
    """Put the names of uploaded files in place of the paths that they were read at."""

    def restore(text: str) -> str:
        return uploads.strip_upload_folders(uploads.restore_upload_names(text, paths))

    data.files = [name for name, _ in files]
    data.notes = [restore(text) for text in data.notes]
    data.lost = [one._replace(file=restore(one.file), why=restore(one.why)) for one in data.lost]
