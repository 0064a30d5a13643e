"""The JSON Schema of sources.toml, by which editors complete and check as one types.

It checks nothing itself.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from scraper.config.tables import SourcesFile


class _TomlSchema(GenerateJsonSchema):
    """TOML has no null: what may be absent is just not required."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of sources.toml; dates are texts in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SourcesFile.model_json_schema(schema_generator=_TomlSchema),
    }
