from pathlib import Path

DRAWN = []


class Figure:
    def savefig(self, path):
        Path(path).write_text(str(DRAWN))


def plot(values):
    DRAWN.append(values)


def show():
    print("There is no screen.")


def get_fignums():
    return [1]


def figure(number):
    return Figure()
