"""What stops the loader.

    LoaderError            exit code 1: the work failed
    ├── SchemaOutdated     the raw schema lacks migrations: run `roi migrate`
    ├── PartitionStopped   a partition cannot go on without a decision
    └── Fenced             another process has moved a position; re-read it

A bad message is no error: it is a row in `raw.rejected_events`. A service that is
away is none either: the loader waits for it.
"""

from roi.errors import RoiError


class LoaderError(RoiError):
    """The loader cannot go on; the message says what to do."""


class SchemaOutdated(LoaderError):
    """The raw schema lacks migrations."""


class PartitionStopped(LoaderError):
    """A partition cannot go on without a decision."""


class Fenced(LoaderError):
    """The position in the table is not the one that this process knows.

    Another process has written the partition, or a COMMIT of our own succeeded
    without our hearing of it. Nothing was written; the way on is to read the
    positions anew.
    """
