#!/usr/bin/env python3
"""totals.py REPORTS RESULTS: what passed, failed and was skipped, from Surefire's XML reports and the lines of ./dev's own checks.

Prints the failed and the skipped ones, then the totals on a line of their own. Exits with 1 when anything failed or nothing passed.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml

# Enough for what was expected, what was seen, and what the resources said.
LONGEST = 1500


def short(text):
    text = " ".join((text or "no reason given").split())
    text = text.removeprefix("org.opentest4j.TestAbortedException: ").removeprefix("Assumption failed: ")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def outcomes(reports, results):
    for report in sorted(pathlib.Path(reports).glob("TEST-*.xml")):
        for case in xml.parse(report).getroot().iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            broken = [child for child in case if child.tag in ("failure", "error")]
            skipped = case.find("skipped")
            if broken:
                yield "failed", name, short(broken[0].get("message") or broken[0].text)
            elif skipped is not None:
                yield "skipped", name, short(skipped.get("message") or skipped.text)
            else:
                yield "passed", name, ""
    results = pathlib.Path(results)
    for line in results.read_text().splitlines() if results.exists() else []:
        outcome, name, reason = line.split("\t", 2)
        yield outcome, name, reason


def main(reports, results):
    all_outcomes = list(outcomes(reports, results))
    count = {kind: sum(1 for outcome in all_outcomes if outcome[0] == kind) for kind in ("passed", "failed", "skipped")}
    for kind in ("skipped", "failed"):
        if count[kind]:
            print(f"{kind.capitalize()}:")
        for outcome, name, reason in all_outcomes:
            if outcome == kind:
                print(f"  {name}: {reason}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
