"""Reduce the embedding model's memory: gather the rows of its largest table before dequantizing them; pure.

The model stores the table of its 30,522 tokens as bytes and dequantizes all of it to floats: 47 MB, and twice as much
again while loading. A text needs about a hundred rows; the output is identical to the last bit. The file is in ONNX
format, a protocol buffer (protobuf.dev/programming-guides/encoding).
"""

from collections.abc import Iterator

TABLE, ASKED, FOUND = "inner.embeddings.word_embeddings.weight", "input_ids", "embedding"
_GRAPH, _NODE = 7, 1  # field numbers of a model and of its graph
_INPUT, _OUTPUT, _KIND, _ATTRIBUTE = 1, 2, 4, 5  # field numbers of a node
_TO_FLOAT = b"\x0a\x02to\x18\x01\xa0\x01\x02"  # the attribute of a Cast to float


def lean(model: bytes) -> bytes:
    """The same model, which dequantizes only the rows it needs."""
    fields = _fields(memoryview(model))  # views, because the tables are large
    return b"".join(
        _field(_GRAPH, _lean_graph(content)) if number == _GRAPH else whole for number, content, whole in fields
    )


def _lean_graph(graph: memoryview) -> bytes:
    parts: list[bytes | memoryview] = []
    for number, content, whole in _fields(graph):
        output = _output_of(content) if number == _NODE else ""
        if output == FOUND:
            parts += [_field(_NODE, node) for node in _ROWS]
        elif output not in {TABLE, f"{TABLE}_f"}:
            parts.append(whole)
    return b"".join(parts)


def _output_of(node: memoryview) -> str:
    return next((str(content, "utf-8") for number, content, _ in _fields(node) if number == _OUTPUT), "")


def _node(kind: str, inputs: tuple[str, ...], output: str, attribute: bytes = b"") -> bytes:
    fields = [_field(_INPUT, name.encode()) for name in inputs]
    fields += [_field(_OUTPUT, output.encode()), _field(_KIND, kind.encode())]
    return b"".join(fields) + (_field(_ATTRIBUTE, attribute) if attribute else b"")


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """The number, the content and all bytes of each field."""
    position = 0
    while position < len(message):
        start = position
        key, position = _read_varint(message, position)
        begin = position
        if key & 7 == 0:
            _, position = _read_varint(message, position)
        elif key & 7 == 2:
            size, begin = _read_varint(message, position)
            position = begin + size
        else:
            position += {1: 8, 5: 4}[key & 7]
        yield key >> 3, message[begin:position], message[start:position]


def _read_varint(message: memoryview, position: int) -> tuple[int, int]:
    """A varint (groups of seven bits, lowest first), and the position after it."""
    number, bits = 0, 0
    while True:
        byte = message[position]
        number |= (byte & 127) << bits
        position, bits = position + 1, bits + 7
        if byte < 128:
            return number, position


_ROWS = (
    _node("Gather", (f"{TABLE}_q", ASKED), "rows_q"),
    _node("Cast", ("rows_q",), "rows_f", _TO_FLOAT),
    _node("Gather", (f"{TABLE}_scale", ASKED), "rows_scale"),
    _node("Mul", ("rows_f", "rows_scale"), FOUND),
)
