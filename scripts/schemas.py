#!/usr/bin/env python3
"""Writes JSON schemas for kubeconform: schemas.py OUT SWAGGER_JSON CRDS_JSON

SWAGGER_JSON is the OpenAPI v2 document of Kubernetes, CRDS_JSON a stream of CustomResourceDefinitions as JSON documents,
one per line; other lines are passed over. Files are named OUT/<group>/<kind>_<version>.json (the core group is called v1), the kind in lower case. All schemas are
strict: a field that the API does not know is an error, as it is for the API server with strict field validation.
"""

import json
import pathlib
import sys

ANY = "x-kubernetes-preserve-unknown-fields"


def strict(schema, reference):
    """A copy that refuses unknown fields; reference maps a $ref."""
    if isinstance(schema, list):
        return [strict(item, reference) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    copy = {}
    for key, value in schema.items():
        if key == "$ref":
            copy[key] = reference(value)
        elif key == "properties":
            copy[key] = {name: strict(child, reference) for name, child in value.items()}
        elif key in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"):
            copy[key] = strict(value, reference)
        elif key in ("type", "required", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"):
            copy[key] = value
    if "properties" in copy and "additionalProperties" not in copy and not schema.get(ANY):
        copy["additionalProperties"] = False
    return copy


def main(out, swagger_file, crds_file):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    definitions = json.loads(pathlib.Path(swagger_file).read_text())["definitions"]
    quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    definitions[quantity] = {"type": ["string", "number"]}
    for name, schema in definitions.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            # A file of its own must say which kind it is about.
            properties = schema.get("properties", {})
            if kind["kind"] in ("DeleteOptions", "WatchEvent") or "kind" not in properties:
                continue
            write(out, kind["group"], kind["kind"], kind["version"], {"$ref": f"../definitions.json#/definitions/{name}"})
    local = lambda ref: ref
    (out / "definitions.json").write_text(
        json.dumps({"definitions": {name: strict(schema, local) for name, schema in definitions.items()}}))

    meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    for line in pathlib.Path(crds_file).read_text().splitlines():
        if not line.startswith("{"):
            continue
        spec = json.loads(line)["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"], local)
            schema["properties"].update(
                apiVersion={"const": f"{spec['group']}/{version['name']}"},
                kind={"const": spec["names"]["kind"]},
                metadata={"$ref": f"../definitions.json#/definitions/{meta}"})
            schema["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])})
            write(out, spec["group"], spec["names"]["kind"], version["name"], schema)


def write(out, group, kind, version, schema):
    directory = out / (group or version)
    directory.mkdir(exist_ok=True)
    (directory / f"{kind.lower()}_{version}.json").write_text(json.dumps(schema))


if __name__ == "__main__":
    main(*sys.argv[1:])
