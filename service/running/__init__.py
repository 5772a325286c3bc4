"""What a running process has: settings, clock, logs, memory."""
