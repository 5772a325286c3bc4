"""Weigh evidence: from priors and graded reports to forecasts."""
