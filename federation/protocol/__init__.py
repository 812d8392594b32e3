"""Role federation: the endpoints that partners' instances ask."""
