"""From a CloudFormation template to the entries of a network file."""

from costmodel.ingest.cloudformation.read import estate_of, is_template
from costmodel.ingest.cloudformation.text import looks_like, parsed

__all__ = ["estate_of", "is_template", "looks_like", "parsed"]
