"""The kinds of plot that a fit has: known without loading a plotting library."""

__all__ = ["DIAGNOSTICS", "KINDS", "SUFFIXES"]

KINDS = {
    "forest": "forecasts: mean with 50 % and 90 % intervals, and the words of ICD 203",
    "ridge": "forecasts: the whole posterior density of each probability",
    "prior-posterior": "what the reports changed: densities before and after them",
    "sources": "reliability of each source, before and after the reports",
    "trace": "diagnostic: draws of each probability in order, by chain",
    "rank": "diagnostic: whether the chains agree on each probability",
    "energy": "diagnostic: whether the sampler reached the whole posterior",
}

# Drawn by arviz-plots, in seconds, the first to look at first; the others are our own
# SVG, in hundredths of one.
DIAGNOSTICS = ("rank", "trace", "energy")

SUFFIXES = (".svg", ".png", ".pdf")
