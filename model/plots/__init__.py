"""What a fit looks like: its forecasts and its sources, and its diagnostics.

What a fit says is drawn by our own SVG (``svg``), in the web process too; whether it
can be trusted by arviz-plots. Scenarios stand in the order of the casebook, on an axis
from 0 to 100 %. A scenario whose draws are all the same, because it is resolved or its
time is up, has no density: it is marked where it stands, and left out of diagnostics.
"""
