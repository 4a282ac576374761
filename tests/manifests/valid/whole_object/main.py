def main(arguments):
    return arguments
