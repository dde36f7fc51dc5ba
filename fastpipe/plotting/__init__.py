"""Figures and tables for people: the only package that imports matplotlib."""
