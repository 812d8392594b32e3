"""The program that an operator runs: roles, commands of the command line, health."""
