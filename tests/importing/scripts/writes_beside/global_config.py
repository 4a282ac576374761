"""Checks thresholds of sensor values."""
import logging, json
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger(__name__)
CONFIG = {"max": 30, "min": 5}
VALUES = [4, 10, 31]

def classify(v):
    if v > CONFIG["max"]: return "high"
    if v < CONFIG["min"]: return "low"
    return "ok"

def main():
    out = []
    for v in VALUES:
        log.info("checking %s", v)
        out.append({"value": v, "state": classify(v)})
    print(json.dumps(out, indent=2))

if __name__ == "__main__":
    main()
