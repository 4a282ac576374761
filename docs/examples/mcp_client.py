"""An agent whose tools come over MCP, with OpenAI's model: pip install mcp openai.

    OPENAI_API_KEY=… MODEL=… python mcp_client.py "What is 2 to the power of 10, divided by 3?"

OPENAI_BASE_URL says where the model is, CRIB_URL where the registry is. Any other MCP server would do as well.
"""

import asyncio
import json
import os
import sys

import openai
from mcp import Client
from mcp_types import Implementation

CRIB = os.environ.get("CRIB_URL", "http://127.0.0.1:8080")
MODEL = os.environ["MODEL"]


async def find_tools(server):
    """The definitions of all tools, page by page, as the model wants them."""
    found, cursor = [], None
    while True:
        page = await server.list_tools(cursor=cursor)
        for tool in page.tools:
            function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
            found.append({"type": "function", "function": function})
        cursor = page.next_cursor
        if cursor is None:
            return found


async def run(server, call):
    """The message that answers one of the model's calls. A call that failed is answered too, with what is wrong."""
    done = await server.call_tool(call.function.name, json.loads(call.function.arguments))
    text = "\n".join(part.text for part in done.content if part.type == "text")
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"error": text}) if done.is_error else text}


async def answer(question):
    """Ask until the model calls no more tools."""
    model = openai.AsyncOpenAI()
    async with Client(f"{CRIB}/mcp", client_info=Implementation(name="mcp_client.py", version="1")) as server:
        tools = await find_tools(server)
        messages = [{"role": "user", "content": question}]
        while True:
            made = await model.chat.completions.create(model=MODEL, messages=messages, tools=tools)
            message = made.choices[0].message
            messages.append(message)
            if not message.tool_calls:
                return message.content
            messages += await asyncio.gather(*(run(server, call) for call in message.tool_calls))


print(asyncio.run(answer(sys.argv[1])))
