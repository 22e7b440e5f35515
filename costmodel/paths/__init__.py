"""Every way a flow can reach its service, and the network that a plan of such ways makes."""

from costmodel.paths.build import PATHS, build, chosen, named, paths, rows_of
from costmodel.paths.path import OPEN, Path, Posture

__all__ = ["OPEN", "PATHS", "Path", "Posture", "build", "chosen", "named", "paths", "rows_of"]
