"""Where Deciban meets people: the command line, and the clock and files behind it."""
