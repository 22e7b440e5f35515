"""What flow logs say of traffic: who sends what through what, each byte that AWS bills once."""

from costmodel.traffic.traffic import Traffic

__all__ = ["Traffic"]
