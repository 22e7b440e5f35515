"""Large tables in files (CSV, gzip, parquet), and the engines that query them."""
