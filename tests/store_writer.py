"""A program that writes sessions until it is done or killed, and names each one that was acknowledged.

``python store_writer.py URL PREFIX COUNT``
"""

from __future__ import annotations

import sys
from contextlib import closing

from made_up import item, patient, publish

from service.store import open_store

RESOURCES = 12


def main(url: str, prefix: str, count: int) -> None:
    with closing(open_store(url)) as store:
        store.migrate()
        for number in (f"{prefix}-{n}" for n in range(count)):
            items = [patient(), *(item("Observation", f"{number}-{n}") for n in range(RESOURCES - 1))]
            publish(store, number, items, destinations=("hospital",))
            print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
