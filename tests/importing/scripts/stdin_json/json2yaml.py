#!/usr/bin/env python
import sys, json
import yaml
# convert JSON on stdin into YAML on stdout
data = json.load(sys.stdin)
yaml.safe_dump(data, sys.stdout, default_flow_style=False, sort_keys=False)
