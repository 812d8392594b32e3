"""Meetings with partner organisations: their people's grants, from request to end."""
