import argparse

parser = argparse.ArgumentParser(description="Counts the lines of a text that are not empty.")
parser.add_argument("-t", "--text", required=True, help="The text file.")
args = vars(parser.parse_args())


def count(path):
    with open(path) as file:
        return sum(1 for line in file if line.strip())


name = args["text"]
print(count(name), "lines")
