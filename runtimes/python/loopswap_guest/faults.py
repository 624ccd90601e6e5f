"""How a case can end other than well."""


class Unsupported(Exception):
    """The runtime cannot do it by its nature, or this guest lacks it: no error. Holds the reason."""


class Wrong(Exception):
    """A check failed: the slice has no time."""
