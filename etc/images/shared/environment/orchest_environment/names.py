"""Names of packages, as the packaging standards compare them."""

import re

# Where the name ends in a requirement: `pandas[excel]>=2; python_version > "3"`.
NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def of_requirement(line):
    """The normal name of a requirement, or None."""
    found = NAME.match(line)
    return normal(found.group(1)) if found else None
