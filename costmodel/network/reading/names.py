"""What usage files, ``--set`` and pages call a resource: its name, or ``KIND:NAME`` where several have that name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

OF_KIND, EVERY_INDEX, NO_INDEX, EXACT = 0, 2, 4, 6
"""How much a text narrows down: a kind, ``NAME[*]``, ``NAME`` for ``NAME[0]``, a name; one more if it says the kind."""


class Found(NamedTuple):
    """What a text represents: the numbers of the resources, and how much the text narrows down."""

    numbers: list[int]
    rank: int

    @property
    def says_kind(self) -> bool:
        """Whether the text says of which kind the resources are."""
        return self.rank == OF_KIND or bool(self.rank % 2)


class Names:
    """Finds resources by what a text calls them, and says what to call each of them.

    ``KIND:NAME`` goes before a resource whose whole name is that text, and ``KIND:NAME#2``, the second one of that kind
    and name in the file, goes before both. So every resource has an address, whatever it and others are called.
    """

    def __init__(self, resources: Iterable[tuple[str, str]]) -> None:
        """Take the kind and the name of every resource, in the order of the file."""
        self.names: list[str] = []
        self._pairs: list[tuple[str, str]] = []
        self._exact: dict[str, list[int]] = {}
        self._of_kind: dict[tuple[str, str], list[int]] = {}
        self._no_index: dict[str, list[int]] = {}
        self._kinds: dict[str, list[int]] = {}
        for i, (kind, name) in enumerate(resources):
            self.names.append(name)
            self._pairs.append((kind, name))
            self._exact.setdefault(name, []).append(i)
            self._of_kind.setdefault((kind, name), []).append(i)
            self._kinds.setdefault(kind, []).append(i)
            if name.endswith("]") and "[" in name:
                self._no_index.setdefault(name[: name.rfind("[")], []).append(i)

    def get_address(self, number: int) -> str:
        """Return the shortest text that finds one resource and no other."""
        kind, name = self._pairs[number]
        ways = ([name] if name == name.strip() != "" else []) + [f"{kind}:{name}"]
        for text in ways:
            if self.find_resources(text).numbers == [number]:
                return text
        return f"{kind}:{name}#{self._of_kind[kind, name].index(number) + 1}"

    def find_namesakes(self, number: int) -> list[int]:
        """Return the resources that have the name of one, itself among them."""
        return self._exact[self.names[number]]

    def find_resources(self, text: str) -> Found:
        """Return what a text represents; nothing is found where no resource is called so."""
        kind, colon, name = text.partition(":")
        said = bool(colon) and kind in self._kinds
        exact = self._find_exactly(kind, name) if said else []
        if exact:
            return Found(exact, EXACT + 1)
        if text in self._exact:
            return Found(self._exact[text], EXACT)
        inside = [i for i in self._find_several(name) if self._pairs[i][0] == kind] if said else []
        if inside:
            return Found(inside, (EVERY_INDEX if "[*]" in name else NO_INDEX) + 1)
        several = self._find_several(text)
        if several:
            return Found(several, EVERY_INDEX if "[*]" in text else NO_INDEX)
        return Found(self._kinds.get(text, []), OF_KIND)

    def _find_exactly(self, kind: str, name: str) -> list[int]:
        before, mark, number = name.rpartition("#")
        same = self._of_kind.get((kind, before), []) if mark else []
        if re.fullmatch("[1-9][0-9]{0,8}", number) and int(number) <= len(same):
            return [same[int(number) - 1]]
        return self._of_kind.get((kind, name), [])

    def _find_several(self, text: str) -> list[int]:
        if text in self._no_index:
            return self._no_index[text]
        if "[*]" not in text:
            return []
        pattern = re.compile(re.escape(text).replace(r"\[\*\]", r"\[[^\]]*\]") + r"(\[[^\]]*\])?")
        return [i for i, known in enumerate(self.names) if pattern.fullmatch(known)]
