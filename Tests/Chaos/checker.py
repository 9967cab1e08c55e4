"""Checks a history against all rules. As a program, that of a file: checker.py HISTORY"""
import sys

import rule_answers
import rule_conflicts
import rule_fields
import rule_presence
from history import History

RULES = (rule_answers, rule_presence, rule_fields, rule_conflicts)


def problems(history):
    """What is wrong, each thing once."""
    return list(dict.fromkeys(problem for rule in RULES for problem in rule.check(history)))


if __name__ == "__main__":
    found = problems(History.load(sys.argv[1]))
    print("\n".join(found) or "All is well.")
    sys.exit(bool(found))
