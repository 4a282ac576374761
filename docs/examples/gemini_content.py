"""An agent with Gemini: pip install google-genai requests.

    GEMINI_API_KEY=… MODEL=… python gemini_content.py "What is 2 to the power of 10, divided by 3?"

GOOGLE_GEMINI_BASE_URL says where the model is, CRIB_URL where the registry is.
"""

import os
import sys

import requests
from google import genai
from google.genai import types

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080") + "/api/v1/llm"
MODEL = os.environ["MODEL"]


def find_tools(question):
    """The declarations of the few tools that fit: one element of Gemini's `tools`."""
    found = requests.get(f"{CRIB}/search", params={"q": question, "format": "gemini"}, timeout=30)
    found.raise_for_status()
    return types.Tool.model_validate(found.json())


def run(calls):
    """The content that answers the model's calls. A call that failed is answered too, with what is wrong."""
    done = requests.post(f"{CRIB}/calls", json={"calls": calls, "caller_id": "gemini_content.py"}, timeout=120)
    done.raise_for_status()
    return [types.Content.model_validate(message) for message in done.json()["messages"]]


question = sys.argv[1]
client = genai.Client()
config = types.GenerateContentConfig(tools=[find_tools(question)])
contents = [types.Content(role="user", parts=[types.Part(text=question)])]

while True:
    reply = client.models.generate_content(model=MODEL, contents=contents, config=config)
    content = reply.candidates[0].content
    contents.append(content)
    called = [part for part in content.parts if part.function_call]
    if not called:
        break
    contents += run([part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in called])

print(reply.text)
