"""The programs are checked and run by the tests, not collected by pytest."""

collect_ignore_glob = ["programs/*"]
