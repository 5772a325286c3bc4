"""What the draws say: forecasts, summaries, what-if."""
