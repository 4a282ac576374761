def main(input_data):
    return input_data
