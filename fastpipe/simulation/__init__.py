"""Fake recordings with a known answer: pulsars, noise and interference."""
