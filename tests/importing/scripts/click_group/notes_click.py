"""Notes tool."""
import click, json, os

@click.group()
@click.option("--db", default="notes.json", type=click.Path(), help="file with the notes")
@click.pass_context
def cli(ctx, db):
    ctx.obj = db

def load(db):
    return json.load(open(db)) if os.path.exists(db) else []

@cli.command()
@click.argument("text")
@click.option("-t", "--tag", multiple=True)
@click.pass_obj
def add(db, text, tag):
    """Add a note."""
    notes = load(db)
    notes.append({"text": text, "tags": list(tag)})
    with open(db, "w") as f:
        json.dump(notes, f)
    click.echo(f"{len(notes)} notes")

@cli.command("list")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def list_(db, fmt):
    """List the notes."""
    notes = load(db)
    if fmt == "json":
        click.echo(json.dumps(notes))
    for n in notes:
        click.echo(n["text"])

if __name__ == "__main__":
    cli()
