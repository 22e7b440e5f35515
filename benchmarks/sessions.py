"""Sessions of the dashboard as browsers hold them: Streamlit's own messages over its websocket.

A session changes a number in the table of flows, another one each time, so that no cache answers. Its widgets' ids and
first values are those that the server sent.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path
from statistics import fmean, linear_regression, median, quantiles
from typing import Any, NamedTuple

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

USERS = 25
PAUSE = 5  # seconds from one change of a session to its next
KEPT = 2  # runs for which a browser keeps a large message, to be told its hash only
MOST = 1.05  # times the memory after warming up
MIB = 1 << 20
SEED = 7
PAGE = "compare"
TABLES = "The demand"  # what is opened to see the table of flows
FLOW = "3"  # row of the example's flows: logs, which every architecture is charged for


class Found(NamedTuple):
    """What was measured.

    Attributes:
        times: seconds of every change, of all sessions together.
        alone: seconds of every change of one session alone.
        errors: what went wrong, in words.
        memory: seconds since the start, and bytes of the server at that time.
    """

    times: list[float]
    alone: list[float]
    errors: list[str]
    memory: list[tuple[float, float]]

    @property
    def slow(self) -> float:
        return quantiles(self.times, n=20, method="inclusive")[-1]

    @property
    def alone_slow(self) -> float:
        return quantiles(self.alone, n=20, method="inclusive")[-1]

    def warm(self) -> tuple[float, float, float]:
        """Return the memory in the middle, at the end, and what it grows in a minute of the second half, in bytes."""
        middle, tenth = self.memory[-1][0] / 2, self.memory[-1][0] / 20
        begin = fmean(m for at, m in self.memory if abs(at - middle) <= tenth)
        end = fmean(m for at, m in self.memory if at >= 2 * middle - 2 * tenth)
        slope = linear_regression(*zip(*[(at, m) for at, m in self.memory if at >= middle], strict=True)).slope
        return begin, end, 60 * slope

    def level(self) -> bool:
        """Return whether the memory is level once the server is warm: at the end, and by its slope."""
        begin, end, minute = self.warm()
        return end <= MOST * begin and minute <= (MOST - 1) * begin

    def note(self) -> str:
        """Return the rest in words."""
        begin, end, minute = self.warm()
        wrong = f"{len(self.errors)} errors, as {self.errors[0]}" if self.errors else "no error"
        return (
            f"{len(self.times)} changes, {wrong}; medians {1e3 * median(self.times):.0f} ms, alone "
            f"{1e3 * median(self.alone):.0f} ms; memory {begin / MIB:.0f} MiB in the middle, {end / MIB:.0f} at the end, "
            f"bar {MOST:g} times, {minute / MIB:+.1f} MiB a minute"
        )


def measure(address: str, process: int, *, seconds: float, changes: int) -> Found:
    """Measure one session alone, then all at once for so many seconds."""
    return asyncio.run(_measure(address, process, seconds, changes))


async def _measure(address: str, process: int, seconds: float, changes: int) -> Found:
    errors: list[str] = []
    async with opened(address) as socket:
        one = Session(socket, 0, errors)
        await one.open()
        for _ in range(3):
            await one.change()
        alone = []
        for _ in range(changes):
            await asyncio.sleep(0.5)
            alone.append(await one.change())
    memory: list[tuple[float, float]] = []
    begin = time.perf_counter()
    sampling = asyncio.create_task(_sample(process, memory, begin))
    chance = random.Random(SEED)
    users = [_user(address, n, begin + chance.uniform(0, PAUSE), begin + seconds, errors) for n in range(1, USERS + 1)]
    times = [t for of_one in await asyncio.gather(*users) for t in of_one]
    sampling.cancel()
    return Found(times, alone, errors, memory)


async def _user(address: str, number: int, begin: float, end: float, errors: list[str]) -> list[float]:
    """Open the page when it is time, then change a number every few seconds; a late change counts from when it was due."""
    times: list[float] = []
    try:
        await asyncio.sleep(begin - time.perf_counter())
        async with opened(address) as socket:
            session = Session(socket, number, errors)
            await session.open()
            while (begin := begin + PAUSE) < end:
                await asyncio.sleep(max(begin - time.perf_counter(), 0))
                late = max(time.perf_counter() - begin, 0)
                times.append(await session.change() + late)
    except Exception as error:  # noqa: BLE001 - whatever ends a session is what this counts
        errors.append(f"session {number}: {error!r}")
    return times


async def _sample(process: int, memory: list[tuple[float, float]], begin: float) -> None:
    while True:
        memory.append((time.perf_counter() - begin, _resident(process)))
        await asyncio.sleep(0.5)


def _resident(process: int) -> float:
    """Return the bytes of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return 1024 * float(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def opened(address: str) -> Any:
    """Connect as the browser does."""
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    return connect(stream, origin=address, subprotocols=["streamlit"], max_size=None)  # type: ignore[arg-type]


class Session:
    """What a browser keeps of one page: the widgets' values, the address's query, and hashes of large messages."""

    def __init__(self, socket: ClientConnection, number: int, errors: list[str]) -> None:
        """Begin with nothing."""
        self.socket, self.number, self.errors = socket, number, errors
        self.widgets: dict[str, WidgetState] = {}
        self.flows = self.query = self.page = ""
        self.hashes: dict[str, int] = {}
        self.runs = 0
        self.shown: list[str] = []
        self.chance = random.Random(number)

    async def open(self) -> None:
        """Load the page, and open its tables if it shows none before."""
        await self.run()
        if not self.flows:
            await self.run()
        assert self.flows, "the page has no table of flows"

    async def change(self) -> float:
        """Give a flow other GB, which changes every total; return the seconds until the script has finished."""
        before = self.query, self.shown
        cells = {FLOW: {"gb_sent": round(self.chance.uniform(1, 50_000), 3)}}
        edits = json.dumps({"edited_rows": cells, "added_rows": [], "deleted_rows": []})
        self.widgets[self.flows] = WidgetState(id=self.flows, string_value=edits)
        took = await self.run()
        if before[0] == self.query or before[1] == self.shown:
            self.errors.append(f"session {self.number}: nothing changed")
        return took

    async def run(self) -> float:
        """Ask for a run with the widgets' values; return the seconds until the script has finished."""
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash = self.query, self.page
        state.page_name = "" if self.page else PAGE
        state.widget_states.widgets.extend(self.widgets.values())
        state.cached_message_hashes.extend(self.hashes)
        state.context_info.timezone, state.context_info.locale = "UTC", "en-US"
        self.runs, self.shown = self.runs + 1, []
        begin = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        finished = False
        while not finished:
            told = ForwardMsg.FromString(bytes(await self.socket.recv(decode=False)))
            finished = self.heard(told)
        took = time.perf_counter() - begin
        self.hashes = {h: run for h, run in self.hashes.items() if self.runs - run <= KEPT}
        return took

    def heard(self, told: ForwardMsg) -> bool:
        """Take in a message; return whether the run has ended."""
        kind = told.WhichOneof("type")
        if told.metadata.cacheable or kind == "ref_hash":
            self.hashes[told.ref_hash or told.hash] = self.runs
        if kind == "navigation":
            self.page = told.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = told.page_info_changed.query_string
        elif kind == "delta" and told.delta.WhichOneof("type") == "new_element":
            self.element(told.delta.new_element)
        elif kind == "delta" and (block := told.delta.add_block.expandable).id and block.label == TABLES:
            self.widgets.setdefault(block.id, WidgetState(id=block.id, bool_value=True))
        if kind != "script_finished" or told.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return False
        if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
            self.errors.append(f"session {self.number}: the script did not finish")
        return True

    def element(self, element: Any) -> None:
        """Note what an element shows, and the value that its widget begins with."""
        kind = element.WhichOneof("type")
        shown = getattr(element, kind)
        if kind == "metric":
            self.shown.append(shown.body)
        elif kind == "exception" or (kind == "alert" and shown.format == Alert.ERROR):
            self.errors.append(f"session {self.number}: {getattr(shown, 'message', '') or shown.body}")
        elif kind == "dataframe" and "-flows-" in shown.id:
            self.flows = shown.id
        elif kind in VALUES and (shown.set_value or shown.id not in self.widgets):
            self.widgets[shown.id] = VALUES[kind](shown)


def _single(shown: Any) -> WidgetState:
    if shown.set_value:
        return WidgetState(id=shown.id, string_value=shown.raw_value)
    chosen = shown.options[shown.default] if shown.HasField("default") else None
    return WidgetState(id=shown.id, string_value=chosen)


def _several(shown: Any) -> WidgetState:
    state = WidgetState(id=shown.id)
    values = shown.raw_values if shown.set_value else [_text(shown.options[n]) for n in shown.default]
    state.string_array_value.data.extend(values)
    return state


def _text(option: Any) -> str:
    return option if isinstance(option, str) else str(option.content)


def _range(shown: Any) -> WidgetState:
    state = WidgetState(id=shown.id)
    values = shown.raw_value if shown.set_value else [shown.options[int(n)] for n in shown.default]
    state.string_array_value.data.extend(values)
    return state


def _date(shown: Any) -> WidgetState:
    state = WidgetState(id=shown.id)
    state.string_array_value.data.extend(shown.value if shown.set_value else shown.default)
    return state


VALUES = {
    "selectbox": _single,
    "radio": _single,
    "multiselect": _several,
    "button_group": _several,
    "slider": _range,
    "date_input": _date,
}
