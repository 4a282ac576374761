"""An agent with Anthropic's messages and strict definitions: pip install anthropic requests.

    ANTHROPIC_API_KEY=… MODEL=… python anthropic_messages.py "What is 2 to the power of 10, divided by 3?"

ANTHROPIC_BASE_URL says where the model is, CRIB_URL where the registry is.
"""

import os
import sys

import anthropic
import requests

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080") + "/api/v1/llm"
MODEL = os.environ["MODEL"]


def find_tools(question):
    """The definitions of the few tools that fit."""
    wanted = {"q": question, "format": "anthropic", "strict": "true"}
    found = requests.get(f"{CRIB}/search", params=wanted, timeout=30)
    found.raise_for_status()
    return found.json()["tools"]


def run(calls):
    """The message that answers the model's calls. A call that failed is answered too, with what is wrong."""
    done = requests.post(f"{CRIB}/calls", json={"calls": calls, "caller_id": "anthropic_messages.py"}, timeout=120)
    done.raise_for_status()
    return done.json()["messages"]


question = sys.argv[1]
client = anthropic.Anthropic()
tools = find_tools(question)
messages = [{"role": "user", "content": question}]

while True:
    reply = client.messages.create(model=MODEL, max_tokens=4096, messages=messages, tools=tools)
    messages.append({"role": "assistant", "content": reply.content})
    calls = [block.model_dump(exclude_none=True) for block in reply.content if block.type == "tool_use"]
    if not calls:
        break
    messages += run(calls)

print("".join(block.text for block in reply.content if block.type == "text"))
