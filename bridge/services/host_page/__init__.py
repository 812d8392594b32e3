"""The host's page of the door: private links to it, and its use cases."""
