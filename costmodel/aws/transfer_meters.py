"""The meters of data transfer, which kinds of several services charge."""

from __future__ import annotations

from costmodel.core.meters import BilledService, Meter

DATA_TRANSFER = BilledService("AWSDataTransfer", "AWS Data Transfer", "Networking", "Network Infrastructure")
CROSS_ZONE = Meter(
    "cross_az_gb_each_direction",
    "Data transfer between Availability Zones",
    DATA_TRANSFER,
    "DataTransfer-Regional-Bytes",
    "GB",
    rule="each GB that crosses zones of a Region, once for each of its two sides",
    url="https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html",
)
INTER_REGION = Meter(
    "inter_region_out_gb",
    "Data transfer out to another Region",
    DATA_TRANSFER,
    "AWS-Out-Bytes",
    "GB",
    rule="each GB that leaves a Region for another, to the sender; what arrives is free",
    url="https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html",
)
INTERNET_OUT = Meter(
    "internet_out_gb",
    "Data transfer out to the internet",
    DATA_TRANSFER,
    "DataTransfer-Out-Bytes",
    "GB",
    rule="each GB sent to the internet, tiers over all of a Region's egress; what arrives is free",
    url="https://aws.amazon.com/ec2/pricing/on-demand/",
    allowance="internet_out_free_gb",
)
