"""Prints the environments of the store, with what they take of the disk."""

import json

from orchest_environment import manifest, places, pythons, sizes


def main(_arguments):
    print(json.dumps(listed()))
    return 0


def listed():
    found = []
    for path in sorted(places.environments().glob("[0-9a-f]*")):
        made = manifest.read(path)
        if made is None:
            continue
        found.append(
            {
                "key": path.name,
                "created": made["created"],
                "python": made["python"],
                "packages": len(made["packages"]),
                "size": sum(one["size"] for one in made["packages"]),
                "own": sizes.own(path),
            }
        )
    return {
        "environments": found,
        "cache": sizes.all_of(places.cache()),
        "pythons": [{"name": path.name, "own": sizes.own(path)} for path in pythons.folders(places.pythons())],
        "conda": sizes.all_of(places.conda()),
        "bytecode": sizes.all_of(places.bytecode()),
        "total": sizes.all_of(places.STORE),
    }
