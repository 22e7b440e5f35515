"""Every way a flow can reach its service, and the network that a plan of such ways makes."""

from costmodel.paths.build import PATHS, build, paths
from costmodel.paths.path import OPEN, Path, Posture
from costmodel.paths.prefer import as_built, chosen, named
from costmodel.paths.rows import rows_of

__all__ = ["OPEN", "PATHS", "Path", "Posture", "as_built", "build", "chosen", "named", "paths", "rows_of"]
