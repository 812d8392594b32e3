"""Who must be out is out: at the end, each second, and on what the media server tells."""
