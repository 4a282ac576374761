"""``make bench``: what the service promises, measured, each figure beside its baseline from the same run."""
