"""Downloads over HTTP: reuse of unchanged files by their ETag, resumption, and retries with a limit."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests

    ProgressCallback = Callable[[str, int, int], None]
    """Called with the address, the bytes received so far, and the total number of bytes (0: not known)."""

_BLOCK = 1 << 16
_SLOWEST = 256
"""Bytes a second; a connection that is slower than this over the time-out is given up."""
_OK, _PART, _UNCHANGED, _BEYOND, _MANY, _SERVER = 200, 206, 304, 416, 429, 500
_LONGEST_WAIT = 60.0


class RetryPolicy(NamedTuple):
    """How long to wait, and how often to retry.

    Attributes:
        seconds: the time-out, after which a connection without data, or with hardly any, is given up.
        tries: attempts for each file.
        pause: seconds before the second attempt; the pause doubles before each later one.
    """

    seconds: float = 30.0
    tries: int = 5
    pause: float = 0.5


class DownloadedFile(NamedTuple):
    """A file on disk, and its ETag; ``fresh`` is False where the server reports that the kept file is unchanged."""

    path: Path
    etag: str
    fresh: bool


class RefusedError(InputError):
    """The server refuses a file, and a retry would not help."""


class _AgainError(Exception):
    """An attempt failed; the next one may succeed."""


class Fetcher:
    """Downloads files into a folder.

    Args:
        folder: for the files, and for the ETags of partial ones.
        retry: how long to wait, and how often to retry.
        progress: called while a file arrives.
    """

    def __init__(
        self, folder: Path, retry: RetryPolicy | None = None, progress: ProgressCallback | None = None
    ) -> None:
        """Prepare a session; no request is sent yet."""
        import requests

        self.folder = folder
        self.retry = retry or RetryPolicy()
        self.progress = progress or (lambda *_: None)
        self.session = requests.Session()  # follows the environment's proxies and certificates
        self.session.headers["Accept-Encoding"] = "gzip"
        self.bytes = 0

    def locate_kept_file(self, url: str, ending: str) -> Path:
        """Return the path of a file of an address."""
        return self.folder / (hashlib.sha256(url.encode()).hexdigest()[:32] + ending)

    def fetch_file(self, url: str, etag: str = "") -> DownloadedFile:
        """Fetch a file.

        Args:
            url: its address.
            etag: of what is kept of it; "" if nothing is.

        Raises:
            RefusedError: the server refuses it.
            InputError: every attempt failed.
        """
        why = ""
        for attempt in range(self.retry.tries):
            if attempt:
                time.sleep(min(self.retry.pause * 2 ** (attempt - 1), _LONGEST_WAIT))
            try:
                return self._try_fetch(url, etag)
            except _AgainError as error:
                why = str(error)
        message = f"{url}: {why}, {self.retry.tries} times. Run it again later; it continues where it stopped."
        raise InputError(message)

    def _try_fetch(self, url: str, etag: str) -> DownloadedFile:
        import requests
        from urllib3.exceptions import HTTPError

        part, about = self.locate_kept_file(url, ".part"), self.locate_kept_file(url, ".part.json")
        have, kind = self._find_partial_file(part, about)
        headers = {"If-None-Match": etag} if etag else {}
        if have:
            headers = {"Range": f"bytes={have}-", "If-Range": kind}
        try:
            with self.session.get(url, headers=headers, stream=True, timeout=self.retry.seconds) as answer:
                if answer.status_code == _UNCHANGED:
                    return DownloadedFile(part, etag, fresh=False)
                _check_answer(url, answer, part)
                if answer.status_code == _PART and f"bytes {have}-" not in answer.headers.get("Content-Range", ""):
                    part.unlink(missing_ok=True)
                    message = "the server sent another part than the requested one"
                    raise _AgainError(message)
                if answer.status_code == _OK:
                    have = 0
                    tag = answer.headers.get("ETag", "")
                    about.write_text(json.dumps({"etag": tag}), encoding="utf-8")
                self._save_answer(url, answer, part, have)
                tag = answer.headers.get("ETag", kind)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _AgainError(_explain_failure(error)) from None
        about.unlink(missing_ok=True)
        return DownloadedFile(part, tag, fresh=True)

    @staticmethod
    def _find_partial_file(part: Path, about: Path) -> tuple[int, str]:
        """Return the size and the ETag of an earlier attempt's part; 0 without a strong ETag, to resume from."""
        try:
            tag = str(json.loads(about.read_text(encoding="utf-8"))["etag"])
            have = part.stat().st_size
        except (OSError, ValueError, KeyError):
            return 0, ""
        return (have, tag) if tag and not tag.startswith("W/") else (0, "")

    def _save_answer(self, url: str, answer: requests.Response, part: Path, have: int) -> None:
        """Append the answer to the part, as it was sent; the reader decompresses it."""
        length = int(answer.headers.get("Content-Length") or 0)
        total = have + length
        watched, came = time.monotonic(), 0
        with part.open("ab" if have else "wb") as file:
            while block := _read_block(answer.raw):
                file.write(block)
                have += len(block)
                came += len(block)
                self.bytes += len(block)
                self.progress(url, have, total)
                now = time.monotonic()
                if now - watched > self.retry.seconds:
                    if came < _SLOWEST * (now - watched):
                        message = f"only {came:,} bytes came in {now - watched:,.0f} s"
                        raise _AgainError(message)
                    watched, came = now, 0
        if length and have < total:
            message = f"the transfer stopped after {have:,} of {total:,} bytes"
            raise _AgainError(message)


def _read_block(raw: Any) -> bytes:  # Any: urllib3's response, which requests does not annotate
    """Return the bytes that have arrived, as they were sent; b"" at the end."""
    block: bytes = raw.read1(_BLOCK, decode_content=False)
    return block


def _check_answer(url: str, answer: requests.Response, part: Path) -> None:
    """Raise an error unless the answer contains the file.

    Raises:
        RefusedError: the server refuses the file.
    """
    status = answer.status_code
    if status in (_OK, _PART):
        return
    if status == _BEYOND:
        part.unlink(missing_ok=True)
        message = "the part that was fetched earlier no longer belongs to it"
        raise _AgainError(message)
    said = f"the server answers {status} {answer.reason or ''}".rstrip()
    if status == _MANY or status >= _SERVER:
        wait = answer.headers.get("Retry-After", "")
        if wait.isdigit():
            time.sleep(min(float(wait), _LONGEST_WAIT))
        raise _AgainError(said)
    message = f"{url}: {said}. Check the address, and whether this machine may reach it."
    raise RefusedError(message)


def _iterate_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those inside it: libraries nest them as arguments, causes and contexts."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        nested = (*current.args, current.__cause__, current.__context__, getattr(current, "reason", None))
        waiting.extend(part for part in nested if isinstance(part, BaseException))


def _explain_failure(error: Exception) -> str:
    """Return why a connection failed, in a few words."""
    import http.client

    import requests
    from urllib3.exceptions import IncompleteRead
    from urllib3.exceptions import TimeoutError as PoolTimeoutError

    causes = list(_iterate_causes(error))
    if any(isinstance(cause, (requests.Timeout, PoolTimeoutError, TimeoutError)) for cause in causes):
        return "nothing arrived within the time-out"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted (REQUESTS_CA_BUNDLE names others)"
    if any(isinstance(cause, (IncompleteRead, http.client.IncompleteRead)) for cause in causes):
        return "the transfer stopped"
    if isinstance(error, requests.ConnectionError):
        return "no connection could be made or kept"
    return f"the connection failed ({type(error).__name__})"
