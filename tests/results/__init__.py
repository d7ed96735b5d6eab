"""The figures of docs/results.md: `python -m tests.results --help` says how they are made."""
