import os

URL = os.environ["SERVICE_URL"]
