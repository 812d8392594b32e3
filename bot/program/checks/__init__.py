"""What `parvis check` looks at, one file per thing."""
