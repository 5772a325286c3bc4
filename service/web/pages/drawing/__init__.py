"""Drawings for pages: plain numbers in, SVG, a sentence and a table out."""
