"""HTTP: the application, its API, its pages, who may use them, and the server."""
