#!/usr/bin/env python3
"""schema_covers_values.py SCHEMA_JSON VALUES_JSON: both name the same values, so that neither is forgotten."""

import json
import sys


def paths(values, prefix=""):
    for name, value in values.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from paths(value, prefix + name + ".")


def schema_paths(schema, prefix=""):
    for name, child in schema.get("properties", {}).items():
        yield prefix + name
        yield from schema_paths(child, prefix + name + ".")


with open(sys.argv[1]) as schema_file, open(sys.argv[2]) as values_file:
    described = set(schema_paths(json.load(schema_file))) - {"global"}
    given = set(paths(json.load(values_file)))
for path in sorted(given - described):
    print(f"values.schema.json does not describe {path}")
for path in sorted(described - given):
    print(f"values.yaml does not have {path}")
sys.exit(given != described)
