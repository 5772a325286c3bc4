"""Drawings: plain numbers in, SVG, a sentence and a table out."""
