"""One module a command of `roi`."""
