import sys


def greet_all(names: list[str], greeting: str = "Hello") -> list[str]:
    """Greet people by name."""
    return [f"{greeting} {name}!" for name in names]


def main():
    for line in greet_all(sys.argv[1:]):
        print(line)


if __name__ == "__main__":
    main()
