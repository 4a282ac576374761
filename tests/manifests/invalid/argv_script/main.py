import argparse

parser = argparse.ArgumentParser()
parser.add_argument("host")
arguments = parser.parse_args()
print({"host": arguments.host})
