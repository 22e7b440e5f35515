"""MkDocs's hooks: every page runs before it becomes HTML, and a block that fails ends the build."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import blocks
from mkdocs.exceptions import PluginError

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

_LOG = logging.getLogger("mkdocs.hooks.blocks")


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Return a page with the outputs of its blocks.

    Raises:
        PluginError: a block failed; the message names the page and the line.
    """
    _LOG.debug("Running %s", page.file.src_uri)
    try:
        return blocks.rendered(markdown, f"docs/{page.file.src_uri}")
    except blocks.BlockError as error:
        message = str(error)
        raise PluginError(message) from error
