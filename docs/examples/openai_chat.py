"""An agent with OpenAI's chat completions: pip install openai requests.

    OPENAI_API_KEY=… MODEL=… python openai_chat.py "What is 2 to the power of 10, divided by 3?"

OPENAI_BASE_URL says where the model is, CRIB_URL where the registry is.
"""

import os
import sys

import openai
import requests

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080") + "/api/v1/llm"
MODEL = os.environ["MODEL"]


def find_tools(question):
    """The definitions of the few tools that fit."""
    found = requests.get(f"{CRIB}/search", params={"q": question, "format": "openai"}, timeout=30)
    found.raise_for_status()
    return found.json()["tools"]


def run(calls):
    """The messages that answer the model's calls. A call that failed is answered too, with what is wrong."""
    done = requests.post(f"{CRIB}/calls", json={"calls": calls, "caller_id": "openai_chat.py"}, timeout=120)
    done.raise_for_status()
    return done.json()["messages"]


question = sys.argv[1]
client = openai.OpenAI()
tools = find_tools(question)
messages = [{"role": "user", "content": question}]

while True:
    message = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0].message
    messages.append(message)
    if not message.tool_calls:
        break
    messages += run([call.model_dump() for call in message.tool_calls])

print(message.content)
