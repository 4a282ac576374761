	if:
