"""Where Deciban meets people: HTTP, pages, store, refits, access and command line."""
