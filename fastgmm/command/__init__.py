"""The command line: its arguments, commands, progress and tables."""
