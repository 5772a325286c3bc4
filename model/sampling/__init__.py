"""Draws from the posterior, their checks, and casebooks drawn from the model."""
