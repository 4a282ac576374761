def main(host, port, *, mode):
    return 1
