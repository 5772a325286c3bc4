"""What people ask of the service, one function a use case, for pages and API alike."""
