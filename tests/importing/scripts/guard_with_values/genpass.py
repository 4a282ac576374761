import secrets
import string

def generate_password(length=16, symbols=True):
    """Generate a random password."""
    alphabet = string.ascii_letters + string.digits
    if symbols:
        alphabet += "!@#$%"
    return "".join(secrets.choice(alphabet) for _ in range(length))

if __name__ == "__main__":
    print(generate_password())
