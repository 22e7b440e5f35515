"""The functions that read Terraform resource types as entries of a network file, by the AWS provider's documentation.

A function is registered for its types by the decorators ``terraform`` and ``cloudformation``. It takes the plan and one
resource, whose values are Terraform attributes in both cases, and yields the entries that the resource is billed as.
"""

from __future__ import annotations

from importlib import import_module

READER_MODULES = (
    "endpoints",
    "nat_gateways",
    "load_balancers",
    "public_addresses",
    "connections",
    "dns_and_lattice",
    "hybrid",
    "services",
)
"""The modules with readers, in the order in which estates list the resources that they read."""


def register_readers() -> None:
    """Import the modules with readers, which registers the types that they read."""
    for name in READER_MODULES:
        import_module(f"{__name__}.{name}")
