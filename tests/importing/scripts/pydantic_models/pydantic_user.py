from pydantic import BaseModel, Field
from typing import Literal

class Address(BaseModel):
    street: str
    zip: str = Field(pattern=r"^\d{5}$", description="postal code")

class User(BaseModel):
    name: str = Field(..., min_length=1)
    age: int = Field(ge=0, le=150)
    role: Literal["admin", "user"] = "user"
    address: Address | None = None

def validate_user(user: User, strict: bool = False) -> dict:
    """Validate a user record and give it back normalised."""
    return user.model_dump()
