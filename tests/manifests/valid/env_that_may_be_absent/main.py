import os

os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("MODE", "plain")


def main(host):
    level = os.environ.get("LEVEL", "info")
    where = os.getenv("WHERE") or "here"
    if os.getenv("TRACE") == "1":
        print("tracing")
    if "REGION" in os.environ:
        print(os.environ["REGION"])
    try:
        token = os.environ["TOKEN"]
    except KeyError:
        token = None
    return [level, where, token, os.environ["MODE"], os.environ["PATH"], os.environ.get("HTTP_PROXY"), host]


def by_hand():
    return main(os.environ["HOST"])
