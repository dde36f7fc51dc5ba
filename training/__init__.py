"""Training of the score, run by hand: candidates with known answers, the fit, the model card."""
