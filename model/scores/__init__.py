"""How good forecasts were, once their questions are settled."""
