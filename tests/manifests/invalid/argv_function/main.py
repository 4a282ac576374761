import os
import sys

HERE = os.path.dirname(sys.argv[0])


def read_port():
    return int(sys.argv[1])


def main(host):
    return [host, read_port()]
