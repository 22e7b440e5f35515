"""Recognizes a file by its content, and opens it with the reader it needs."""
