"""The programs are loaded by the tests, each in a process of its own, not by pytest."""

collect_ignore_glob = ["programs/*"]
