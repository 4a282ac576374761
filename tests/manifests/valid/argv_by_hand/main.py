import argparse
import sys


def main(host):
    return host


def from_terminal():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    print(main(**vars(parser.parse_args())), sys.argv)


if __name__ == "__main__":
    from_terminal()
