"""Named, equally long numpy columns: what a charge rule sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Codes:
    """A column of words: small integers into a tuple of labels.

    Attributes:
        codes: int32 array, one per row.
        labels: the words the codes stand for.
    """

    __slots__ = ("codes", "labels")

    def __init__(self, codes: Any, labels: Sequence[str]) -> None:
        """Keep both as they are."""
        self.codes = codes
        self.labels = tuple(labels)

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Codes:
        """Code a sequence of words in order of first appearance."""
        index: dict[str, int] = {}
        codes = np.fromiter((index.setdefault(w, len(index)) for w in words), dtype=np.int32)
        return cls(codes, tuple(index))

    @classmethod
    def repeat_word(cls, word: str, size: int) -> Codes:
        """Return one word, ``size`` times."""
        return cls(np.zeros(size, dtype=np.int32), (word,))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Codes:
        """Take some rows."""
        return Codes(self.codes[rows], self.labels)

    def match_word(self, word: str) -> Any:
        """Return a boolean array: which rows hold this word."""
        wanted = self.labels.index(word) if word in self.labels else -1
        return self.codes == wanted

    def decode_words(self) -> Any:
        """Return the words themselves, an object array."""
        return np.array(self.labels, dtype=object)[self.codes]

    def index_labels(self, index: dict[str, int]) -> list[int]:
        """Return what each label is in a shared index, which grows by the labels it lacks."""
        return [index.setdefault(w, len(index)) for w in self.labels]


class Table:
    """Columns by name, as attributes; a column may be a function that makes it when first asked."""

    __slots__ = ("_columns", "size")

    def __init__(self, size: int, columns: Mapping[str, Any]) -> None:
        """Hold ``size`` rows of the given columns."""
        self.size = size
        self._columns: dict[str, Any] = dict(columns)

    def __getattr__(self, name: str) -> Any:
        """Return a column by its name."""
        try:
            column = self._columns[name]
        except KeyError:
            raise AttributeError(name) from None
        if callable(column):
            column = self._columns[name] = column()
        return column

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a column of this name."""
        return name in self._columns

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.size

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    def with_columns(self, columns: Mapping[str, Any | Callable[[], Any]]) -> Table:
        """Return the same rows with columns added or replaced."""
        return Table(self.size, {**self._columns, **columns})

    def take_rows(self, rows: Any) -> Table:
        """Return some of its rows, by their numbers."""
        return Table(len(rows), {name: getattr(self, name)[rows] for name in self._columns})
