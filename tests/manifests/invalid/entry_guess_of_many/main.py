def first(a):
    return a


def second(b):
    return b


print(first(1), second(2))
