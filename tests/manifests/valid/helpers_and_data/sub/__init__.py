import yaml
one = 1
