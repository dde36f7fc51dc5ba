"""Frozen objects that flow between the stages: what is known, never how it is computed."""
