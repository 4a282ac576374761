"""An agent with LangChain, whose models take OpenAI's format whatever they are: pip install langchain-openai requests.

    OPENAI_API_KEY=… MODEL=… python langchain_chat.py "What is 2 to the power of 10, divided by 3?"

OPENAI_BASE_URL says where the model is, CRIB_URL where the registry is.
"""

import os
import sys

import requests
from langchain_core.messages import HumanMessage, convert_to_openai_messages
from langchain_openai import ChatOpenAI

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080") + "/api/v1/llm"
MODEL = os.environ["MODEL"]


def find_tools(question):
    """The definitions of the few tools that fit."""
    found = requests.get(f"{CRIB}/search", params={"q": question, "format": "openai"}, timeout=30)
    found.raise_for_status()
    return found.json()["tools"]


def run(calls):
    """The messages that answer the model's calls. A call that failed is answered too, with what is wrong."""
    done = requests.post(f"{CRIB}/calls", json={"calls": calls, "caller_id": "langchain_chat.py"}, timeout=120)
    done.raise_for_status()
    return done.json()["messages"]


question = sys.argv[1]
model = ChatOpenAI(model=MODEL).bind_tools(find_tools(question))
messages = [HumanMessage(question)]

while True:
    reply = model.invoke(messages)
    messages.append(reply)
    if not reply.tool_calls:
        break
    messages += run(convert_to_openai_messages(reply)["tool_calls"])

print(reply.text)
