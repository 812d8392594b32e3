"""The checks of `parvis check`, one file per subject."""
