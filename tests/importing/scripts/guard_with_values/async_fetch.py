import asyncio

async def resolve(host: str, port: int = 80) -> dict:
    """Resolve a host name.

    Args:
        host (str): the host name
        port (int): the port
    """
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port)
    return {"addresses": sorted({i[4][0] for i in infos})}

if __name__ == "__main__":
    print(asyncio.run(resolve("localhost")))
