"""The commands of ``deciban``, and how they read, show and save what they work on."""
