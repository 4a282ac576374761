def prepare(a):
    return a


def run(options=None):
    return prepare(options)


if __name__ == "__main__":
    run()
