"""Lets atheris look for bytes that reach new branches of an importer; a process of its own.

`python -m importers.fuzzing_guided NAME FOLDER -max_total_time=60 -seed=1 …` (libFuzzer's options).
"""

import sys

import atheris

with atheris.instrument_imports(include=["chatmill.importers"]):
    from chatmill.importers import importer_names, load_importer
    from importers.fuzzing import GUIDED_SECONDS_ALLOWED, check_input

    for _name in importer_names():
        load_importer(_name)


def main(name: str, arguments: list[str]) -> None:
    """Fuzz one importer until the time is over or something fails; ends the process.

    Args:
        name: The importer's name.
        arguments: For libFuzzer.
    """

    def check(data: bytes) -> None:
        check_input(name, data, seconds=GUIDED_SECONDS_ALLOWED)

    atheris.Setup([sys.argv[0], *arguments], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
