"""What every reader of many rows shares: finding files, unpacking them, and the engines that read them."""
