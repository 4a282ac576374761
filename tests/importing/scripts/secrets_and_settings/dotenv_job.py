"""Sends the daily report."""
from dotenv import load_dotenv
import os
load_dotenv()
REGION = os.environ["REGION"]
LEVEL = os.getenv("LEVEL", "info")
print(f"region {REGION} level {LEVEL}")
