def main(host, port):
    return port
