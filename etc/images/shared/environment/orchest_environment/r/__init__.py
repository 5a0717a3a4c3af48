"""Environments of R: libraries, which are folders with one folder for each package."""
