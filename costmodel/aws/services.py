"""AWS services that several files bill for, as bills and FOCUS name them. A service of one file is declared there."""

from __future__ import annotations

from costmodel.core.meters import BilledService

VPC = BilledService("AmazonVPC", "Amazon Virtual Private Cloud", "Networking", "Network Infrastructure")
EC2 = BilledService("AmazonEC2", "Amazon Elastic Compute Cloud", "Networking", "Network Infrastructure")
ELB = BilledService("AWSELB", "Elastic Load Balancing", "Networking", "Application Networking")
