"""Partners' instances: what they publish and sign, and what we ask of them."""
