"""YAML and JSON files, read so that every complaint names a file, a line and a key."""
