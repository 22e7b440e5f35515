"""Output formats: text tables, CSV, Markdown, HTML, and the files they are written to."""
