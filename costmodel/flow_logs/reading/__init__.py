"""Reads flow logs: VPC Flow Logs of every version and Transit Gateway Flow Logs."""
