"""Demand: the VPCs, services and flows to connect, and the constraints to keep."""
