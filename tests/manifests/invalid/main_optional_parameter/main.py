def main(host, port):
    return 1
