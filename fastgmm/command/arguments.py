"""Arguments of the command line: numbers, lists, and mistakes told in one line."""

import argparse


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that answers a wrong argument by one line."""

    def error(self, message):
        self.exit(2, f"fastgmm: error: {message}; see {self.prog} --help\n")


def number_type(kind, least, words):
    """Return an argparse type: `kind` of the argument, of at least `least`."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"expected {words} of at least {least}, got {text!r}")
        return value

    return parse


def component_list(text):
    """Parse ``1:10``, both ends included, ``3`` or ``1,2,5:8`` to a sorted list."""
    counts = set()
    for part in text.split(","):
        first, _, last = part.partition(":")
        try:
            found = range(int(first), int(last or first) + 1)
        except ValueError:
            found = range(0)
        if not found or found[0] < 1:
            raise argparse.ArgumentTypeError(
                f"expected FIRST:LAST, such as 1:10, or a list, such as 1,2,5, got {text!r}"
            )
        counts.update(found)
    return sorted(counts)


def list_of(known):
    """Return an argparse type: some of the words `known`, with commas between, or ``all``."""

    def parse(text):
        words = tuple(known) if text == "all" else tuple(dict.fromkeys(text.split(",")))
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(
                    f"expected all, or some of {','.join(known)}, got {text!r}"
                )
        return words

    return parse


def column_list(text):
    """Parse names or numbers of columns, with commas between."""
    words = [word.strip() for word in text.split(",")]
    return [int(word) if word.isdecimal() else word for word in words]
