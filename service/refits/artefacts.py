"""The files that are made of a fit once its summary is out, and what each is."""

from deciban.model.plots.kinds import DIAGNOSTICS

__all__ = ["ARTEFACTS", "EXPLANATION", "POSTERIOR"]

POSTERIOR = "posterior.nc"
EXPLANATION = "why.json"

# Names and media types, in the order in which they are made: what pages show first.
# What a fit says is drawn when it is asked for, in a hundredth of the time.
ARTEFACTS = {
    EXPLANATION: "application/json",
    POSTERIOR: "application/x-netcdf",
    **{
        f"{kind}.{suffix}": media_type
        for kind in DIAGNOSTICS
        for suffix, media_type in (("svg", "image/svg+xml"), ("png", "image/png"))
    },
}
