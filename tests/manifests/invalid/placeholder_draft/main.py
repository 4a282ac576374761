def main(**values):
    return values
