twice = 2
