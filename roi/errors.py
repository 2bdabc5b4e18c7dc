"""What can go wrong, as a person sees it.

    RoiError                exit code 1: the work failed
    ├── UsageError          exit code 2: wrong usage or settings
    │   └── SettingsError   a setting is missing, malformed or contradicts another
    ├── ServiceUnavailable  Postgres or Kafka does not answer
    └── InputError          a file cannot be read as what it is said to be

The message of each is one line that says what is wrong and what to do.
"""


class RoiError(Exception):
    """The work failed; the message says what to do."""

    exit_code = 1


class UsageError(RoiError):
    """Wrong usage: an option or an argument."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is missing, malformed or contradicts another."""


class ServiceUnavailable(RoiError):
    """Postgres or Kafka does not answer."""


class InputError(RoiError):
    """A file cannot be read as what it is said to be."""
