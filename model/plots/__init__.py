"""What a fit looks like: its forecasts, its sources, and its diagnostics.

Each kind is drawn by the arviz-plots function of the same purpose, on axes of ours.
Scenarios stand in the order of the casebook, probabilities on an axis from 0 to 100 %.
A scenario whose draws are all the same, because it is resolved or its time is up, has
no density: it is marked where it stands, and left out of the diagnostics.
"""
