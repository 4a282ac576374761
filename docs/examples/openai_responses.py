"""An agent with OpenAI's responses, whose own search loads the definitions: pip install openai requests.

    OPENAI_API_KEY=… MODEL=… python openai_responses.py "What is 2 to the power of 10, divided by 3?"

OPENAI_BASE_URL says where the model is, CRIB_URL where the registry is.
"""

import os
import sys

import openai
import requests

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080") + "/api/v1/llm"
MODEL = os.environ["MODEL"]


def all_tools():
    """Every definition, marked as deferred, and OpenAI's tool search: the model sees what it has searched for."""
    listed = requests.get(f"{CRIB}/tools", params={"format": "openai-responses", "defer_loading": "true"}, timeout=30)
    listed.raise_for_status()
    return listed.json()["tools"]


def run(calls):
    """The items that answer the model's calls. A call that failed is answered too, with what is wrong."""
    done = requests.post(f"{CRIB}/calls", json={"calls": calls, "caller_id": "openai_responses.py"}, timeout=120)
    done.raise_for_status()
    return done.json()["messages"]


client = openai.OpenAI()
tools = all_tools()
items = [{"role": "user", "content": sys.argv[1]}]

while True:
    response = client.responses.create(model=MODEL, input=items, tools=tools)
    items += response.output
    calls = [item.model_dump(exclude_none=True) for item in response.output if item.type == "function_call"]
    if not calls:
        break
    items += run(calls)

print(response.output_text)
