"""Labelled sets: built-in samples and the user's folders, split, featurised and augmented."""
