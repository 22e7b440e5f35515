"""Tables: named numpy columns of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    from costmodel.core.arrays import AnyArray, BoolArray, IntArray, ObjectArray, Rows


class Codes:
    """A column of words: small integers that number a tuple of labels.

    Attributes:
        codes: (rows,) int32, the number of each row's label.
        labels: the words that the codes number.
    """

    __slots__ = ("codes", "labels")

    def __init__(self, codes: IntArray, labels: Sequence[str]) -> None:
        """Keep both as they are."""
        self.codes = codes
        self.labels = tuple(labels)

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Codes:
        """Number a sequence of words in the order of their first appearance."""
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

    def __getitem__(self, rows: Rows) -> Codes:
        """Return the words of some rows."""
        return Codes(self.codes[rows], self.labels)

    def match_word(self, word: str) -> BoolArray:
        """Return (rows,) booleans: which rows have this word."""
        wanted = self.labels.index(word) if word in self.labels else -1
        matches: BoolArray = self.codes == wanted
        return matches

    def decode_words(self) -> ObjectArray:
        """Return (rows,) the words as Python strings."""
        labels: ObjectArray = np.array(self.labels, dtype=object)
        return labels[self.codes]

    def index_labels(self, index: dict[str, int]) -> list[int]:
        """Return the number of each label in a shared index, to which labels that it lacks are added."""
        return [index.setdefault(w, len(index)) for w in self.labels]


if TYPE_CHECKING:
    Values: TypeAlias = AnyArray | Codes
    """One column, an element a row."""


class TypedTable:
    """Columns by name, as attributes. A column may be a function, which is called when the column is first used.

    A subclass annotates its columns (``gb_sent: FloatArray``): a type checker then knows them, and no others.
    """

    __slots__ = ("_columns", "size")

    def __init__(self, size: int, columns: Mapping[str, Values | Callable[[], Values]]) -> None:
        """Keep ``size`` rows of the given columns."""
        self.size = size
        self._columns: dict[str, Any] = dict(columns)

    if not TYPE_CHECKING:  # where a type checker saw it, a misspelt column would pass

        def __getattr__(self, name: str) -> Values:
            """Return a column by its name.

            Raises:
                AttributeError: the table has no such column.
            """
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

    def with_columns(self, columns: Mapping[str, Values | Callable[[], Values]]) -> Self:
        """Return the same rows with columns added or replaced."""
        return type(self)(self.size, {**self._columns, **columns})

    def take_rows(self, rows: IntArray) -> Self:
        """Return some rows, by their numbers."""
        return type(self)(len(rows), {name: getattr(self, name)[rows] for name in self._columns})


class Table(TypedTable):
    """A table whose columns depend on data: resources of one kind, whose columns ``Resource.columns`` lists."""

    __slots__ = ()

    if TYPE_CHECKING:
        # Any: a column is words or numbers, by its name. Charge rules read columns through Resource, which is typed.
        def __getattr__(self, name: str) -> Any: ...
