import asyncio

async def main(host):
    return 1
