"""Long runs of the host link: see __main__.py."""
