import typer
from enum import Enum
from typing import Annotated, Optional, List

app = typer.Typer(help="Greets people")

class Style(str, Enum):
    plain = "plain"
    loud = "loud"

@app.command()
def hello(name: str, style: Annotated[Style, typer.Option(help="how to say it")] = Style.plain, times: int = 1):
    """Say hello."""
    for _ in range(times):
        text = f"Hello {name}"
        typer.echo(text.upper() if style is Style.loud else text)

@app.command("bye")
def goodbye(names: List[str], formal: bool = typer.Option(False, "--formal", help="be formal")):
    """Say goodbye to people."""
    for n in names:
        print("Goodbye" if formal else "Bye", n)

if __name__ == "__main__":
    app()
