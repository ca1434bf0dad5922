import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embed import PACKAGED_SHA256, Embedder, EmbedError, check_weights, packaged_folder


def test_vectors_have_length_one_and_likeness_follows_meaning() -> None:
    vectors = Embedder().encode(["The mill burned down.", "A fire destroyed the mill.", "Prune apple trees in March."])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]


def test_weights_that_differ_by_one_byte_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    shutil.copyfile(packaged_folder() / "model.safetensors", weights)
    check_weights(weights, PACKAGED_SHA256)
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    with pytest.raises(EmbedError, match="not the published weights"):
        check_weights(weights, PACKAGED_SHA256)


def test_another_sentence_transformers_model_can_be_named_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(packaged_folder(), folder)
    texts = ["The mill burned down."]
    assert np.allclose(Embedder(str(folder)).encode(texts), Embedder().encode(texts), atol=1e-5)


def test_a_model_that_cannot_be_loaded_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(EmbedError, match="FOOTNOTE_EMBEDDING_MODEL") as raised:
        Embedder(str(tmp_path / "no-such-model")).encode(["x"])
    assert "no-such-model" in str(raised.value)


def test_remembered_vectors_are_the_same_and_cannot_be_overwritten() -> None:
    embedder = Embedder()
    once = embedder.remember(("The mill burned down.",))
    assert embedder.remember(("The mill burned down.",)) is once
    with pytest.raises(ValueError, match="read-only"):
        once[0, 0] = 1
