import click


@click.command()
@click.argument("host")
def main(host):
    click.echo(host)


if __name__ == "__main__":
    main()
