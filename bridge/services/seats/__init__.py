"""Seats: admissions by the salon, by Visio's host or by a proof, and warnings before their end."""
