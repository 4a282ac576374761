"""Post a message to a Slack channel through an incoming webhook."""
import argparse
import os
import sys
import requests

WEBHOOK = os.environ.get("SLACK_WEBHOOK_URL")
CHANNEL = os.getenv("SLACK_CHANNEL", "#general")

def post(text, channel):
    if not WEBHOOK:
        sys.exit("SLACK_WEBHOOK_URL is not set")
    r = requests.post(WEBHOOK, json={"text": text, "channel": channel}, timeout=10)
    r.raise_for_status()

if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("text")
    p.add_argument("--channel", default=CHANNEL)
    a = p.parse_args()
    post(a.text, a.channel)
    print("ok")
