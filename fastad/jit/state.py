"""What a function computes, for what is kept in this process alone: every function has a state."""

from .fingerprint import CannotName, Feed, begun, fingerprint


def state(f):
    """Return a hash that is the same as before only if a function computes the same as before.

    It is the fingerprint, if f has one. Else what no other process could name, as the functions of
    a notebook and recursive ones, stands for itself.
    """
    found = fingerprint(f)
    if found is None:
        feed = _FeedHere(begun(), f)
        feed.value(f)
        found = _State(feed.digest.hexdigest())
        found.held = feed.held
    return found


class _FeedHere(Feed):
    """Feeds the identity of what cannot be named; ``held`` keeps it, so that no other gets that."""

    def __init__(self, digest, first):
        super().__init__(digest, first)
        self.held = []

    def value(self, value):
        try:
            super().value(value)
        except CannotName:
            self.held.append(value)
            self.text(f"object {id(value)}")

    def refuse_frozen(self, value):
        """Take code compiled for other globals: drivers refuse it (`fastad.jit.call_graph`)."""

    def refuse_unfiled(self, filename):
        """Take functions whose source is in no file."""


class _State(str):
    """A hash that keeps the objects whose identities are in it."""

    held = ()
