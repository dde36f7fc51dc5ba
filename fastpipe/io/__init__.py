"""Recordings in, catalogues out: the only package that opens data files."""
