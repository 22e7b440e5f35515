"""Usage and its price: what AWS counts of a network, pooled as AWS pools it, and what that costs."""

from costmodel.bill.bill import Bill, cents, price, told
from costmodel.bill.pools import Pool
from costmodel.bill.usage import Block, Usage, meter

__all__ = ["Bill", "Block", "Pool", "Usage", "cents", "meter", "price", "told"]
