"""The host's page of the door: private links to it, and what is done there."""
