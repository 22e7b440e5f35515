"""Architectures: the paths a flow can take, and the network that a choice of paths builds."""
