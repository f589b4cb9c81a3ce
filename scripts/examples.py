#!/usr/bin/env python3
"""Writes the examples' 00-app-files.yaml, ConfigMaps with app.py and the SQL that makes the first database:
examples.py [--check]. With --check nothing is written, and a difference is an error."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
APP = "k8s/examples/app/app.py"
SCENARIOS = "src/test/resources/scenarios"
EXAMPLES = {
    "minimal": ("notes", {"app.py": APP}),
    "allegutta": ("portfolio", {"app.py": APP, "seed.sql": f"{SCENARIOS}/allegutta/portfolio.sql"}),
    "trivia": ("trivia", {"app.py": APP, "seed.sql": f"{SCENARIOS}/trivia/trivia.sql"}),
    "statefulset": ("trivia", {"app.py": APP, "seed.sql": f"{SCENARIOS}/trivia/trivia.sql"}),
    "arrowtuner": ("arrowtuner", {
        "app.py": APP,
        "arrow_database.sql": f"{SCENARIOS}/arrowtuner/arrow_database.sql",
        "user_data.sql": f"{SCENARIOS}/arrowtuner/user_data.sql",
    }),
}

failed = False
for example, (app, files) in EXAMPLES.items():
    text = f"# Written by scripts/examples.py: copies of {' and '.join(files.values())}.\n"
    text += f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {app}-files\ndata:\n"
    for key, source in files.items():
        text += f"  {key}: |\n"
        text += "".join(f"    {line}\n" if line else "\n" for line in (ROOT / source).read_text(encoding="utf-8").splitlines())
    target = ROOT / "k8s/examples" / example / "00-app-files.yaml"
    if "--check" not in sys.argv:
        target.write_text(text, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != text:
        print(f"{target.relative_to(ROOT)} is not what scripts/examples.py writes", file=sys.stderr)
        failed = True
sys.exit(1 if failed else 0)
