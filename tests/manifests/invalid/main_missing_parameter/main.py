"""Doc."""


def main():
    return 1
