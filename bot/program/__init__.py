"""What an operator runs: roles, commands of the command line, health."""
