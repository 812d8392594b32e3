"""The audit's upkeep: links, heads, retention."""
