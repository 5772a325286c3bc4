"""The server that answers, and how it is watched."""
