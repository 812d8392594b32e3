"""The base of all sections, and types of theirs."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

Port = Annotated[int, Field(ge=1, le=65535)]
ListenPort = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _count(cls, value: object, info: ValidationInfo) -> object:
        """Refuse true for a number, which pydantic would read as 1."""
        wanted = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and wanted in {int, float}:
            kind = "int_type" if wanted is int else "float_type"
            raise PydanticCustomError(kind, "write a number")
        return value
