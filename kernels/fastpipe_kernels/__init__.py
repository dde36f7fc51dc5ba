"""Compiled arithmetic of fastpipe: arrays in, arrays out. Knows NumPy and Numba only."""
