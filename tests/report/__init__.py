"""The fault and load report: what is done to a real service on purpose, and whether it held."""
