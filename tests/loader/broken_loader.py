"""A loader that commits positions before rows: the mistake that the oracle is for."""

from __future__ import annotations

from loader import positions, warehouse
from loader.batch import Batch


def write(self: warehouse.Warehouse, batch: Batch) -> None:
    connection = self._open()
    with connection.transaction():
        positions.advance(connection, batch.advances)
    with connection.transaction():
        for topic, rows in batch.rows.items():
            warehouse._copy_in(connection, warehouse.COPY[topic], rows)
        warehouse._copy_in(connection, warehouse.COPY_REJECTS, batch.rejects)


if __name__ == "__main__":
    warehouse.Warehouse.write = write  # type: ignore[method-assign]
    from roi.cli import main

    main()
