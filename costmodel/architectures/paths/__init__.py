"""Every path from a VPC to a service, one module per family."""
