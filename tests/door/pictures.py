"""Copies the browser tests' pictures of pages, mails and salons into the documentation.

`make pictures`: one of each state, in French, in the light scheme, small enough for a repository.
"""

from pathlib import Path

from PIL import Image

from tests.door.looks import SCREENS

IMAGES = Path("docs/images")
TAKEN = "-light.png"
WIDTH, COLOURS = 800, 128


def documented(taken: str) -> str | None:
    """Return the picture's name in the documentation; `None` for a picture in English."""
    name = taken.removesuffix(TAKEN)
    return None if name.endswith("-en") else f"{name.removesuffix('-fr')}.png"


def main() -> None:
    """Replace each picture that the tests have taken."""
    for path in sorted(SCREENS.glob(f"*{TAKEN}")):
        name = documented(path.name)
        if name is None:
            continue
        with Image.open(path) as taken:
            wide = min(WIDTH, taken.width)
            size = (wide, round(taken.height * wide / taken.width))
            small = taken.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        small.quantize(COLOURS).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main()
