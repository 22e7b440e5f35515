"""The functions that read Terraform resource types as entries of a network file, by the AWS provider's documentation.

A function is registered for its types by the decorators ``terraform`` and ``cloudformation``. It takes the plan and one
resource, whose values are Terraform attributes in both cases, and yields the entries that the resource is billed as.
Importing this package, or any module in it, registers all readers in the order in which estates list their resources.
"""

from costmodel.network.reading.terraform.readers import (  # isort: skip - the order counts
    endpoints as endpoints,
    nat_gateways as nat_gateways,
    load_balancers as load_balancers,
    public_addresses as public_addresses,
    connections as connections,
    dns_and_lattice as dns_and_lattice,
    hybrid as hybrid,
    services as services,
)
