"""The memory-reduced language model gives the same results as the original file."""

from importlib import resources

import numpy
import onnxruntime
import pytest

from forum.similar import model
from forum.similar.model_memory import lean
from forum.similar.wordpiece import numbers_of


def written() -> bytes:
    return (resources.files(model.PACKAGE) / model.FILE).read_bytes()


def answer(session: onnxruntime.InferenceSession, text: str) -> numpy.ndarray:
    pieces = numpy.array([numbers_of(text, model.PIECES)], dtype=numpy.int64)
    given = {"input_ids": pieces, "attention_mask": numpy.ones_like(pieces), "token_type_ids": pieces * 0}
    found: numpy.ndarray = session.run(None, {each.name: given[each.name] for each in session.get_inputs()})[0]
    return found


@pytest.mark.parametrize("text", ["", "My password is forgotten", "Who helps? " * 100])
def test_the_reduced_model_gives_the_same_results(text: str) -> None:
    plain = onnxruntime.InferenceSession(written(), providers=["CPUExecutionProvider"])
    assert numpy.array_equal(answer(model._session(), text), answer(plain, text))


def test_only_the_nodes_that_build_the_embedding_rows_are_replaced() -> None:
    """Two nodes that dequantize the table and one that gathers rows become four; their names remain elsewhere too."""
    before, after = written(), lean(written())
    table = b"inner.embeddings.word_embeddings.weight"
    assert abs(len(after) - len(before)) < 300
    assert after.count(table + b"_q") == before.count(table + b"_q")
    assert after.count(table + b"_f") == 0


def test_a_message_with_other_fields_is_unchanged() -> None:
    """A varint (150, two bytes), a string, and a number of each fixed width, by the protobuf encoding."""
    message = b"\x08\x96\x01" + b"\x12\x07testing" + b"\x1d\x01\x02\x03\x04" + b"\x21\x01\x02\x03\x04\x05\x06\x07\x08"
    assert lean(message) == message
