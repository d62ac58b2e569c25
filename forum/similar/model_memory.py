"""Making the language model need less memory: rows of its largest table are taken out before they are widened, pure.

The model holds the table of its 30,522 pieces in bytes and widens all of it to floats: 47 MB, and twice that much more
while it is loaded. A text asks for a hundred rows; what comes out is the same to the last bit. The file is in ONNX's
form, a protocol buffer (protobuf.dev/programming-guides/encoding).
"""

from collections.abc import Iterator

TABLE, ASKED, FOUND = "inner.embeddings.word_embeddings.weight", "input_ids", "embedding"
_GRAPH, _NODE = 7, 1  # the fields of a model and of its graph
_INPUT, _OUTPUT, _KIND, _ATTRIBUTE = 1, 2, 4, 5  # those of a node
_TO_FLOAT = b"\x0a\x02to\x18\x01\xa0\x01\x02"  # the attribute of a Cast


def lean(model: bytes) -> bytes:
    """The same model, which widens only the rows it is asked for."""
    fields = _fields(memoryview(model))  # views, as copies of tables are large
    return b"".join(
        _field(_GRAPH, _lean_graph(content)) if number == _GRAPH else whole for number, content, whole in fields
    )


def _lean_graph(graph: memoryview) -> bytes:
    parts: list[bytes | memoryview] = []
    for number, content, whole in _fields(graph):
        made = _made_by(content) if number == _NODE else ""
        if made == FOUND:
            parts += [_field(_NODE, node) for node in _ROWS]
        elif made not in {TABLE, f"{TABLE}_f"}:
            parts.append(whole)
    return b"".join(parts)


def _made_by(node: memoryview) -> str:
    return next((str(content, "utf-8") for number, content, _ in _fields(node) if number == _OUTPUT), "")


def _node(kind: str, inputs: tuple[str, ...], output: str, attribute: bytes = b"") -> bytes:
    fields = [_field(_INPUT, name.encode()) for name in inputs]
    fields += [_field(_OUTPUT, output.encode()), _field(_KIND, kind.encode())]
    return b"".join(fields) + (_field(_ATTRIBUTE, attribute) if attribute else b"")


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _written(len(content)) + content


def _written(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, content and the whole of each field."""
    place = 0
    while place < len(message):
        start = place
        key, place = _read(message, place)
        begin = place
        if key & 7 == 0:
            _, place = _read(message, place)
        elif key & 7 == 2:
            size, begin = _read(message, place)
            place = begin + size
        else:
            place += {1: 8, 5: 4}[key & 7]
        yield key >> 3, message[begin:place], message[start:place]


def _read(message: memoryview, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the place behind it."""
    number, bits = 0, 0
    while True:
        byte = message[place]
        number |= (byte & 127) << bits
        place, bits = place + 1, bits + 7
        if byte < 128:
            return number, place


_ROWS = (
    _node("Gather", (f"{TABLE}_q", ASKED), "rows_q"),
    _node("Cast", ("rows_q",), "rows_f", _TO_FLOAT),
    _node("Gather", (f"{TABLE}_scale", ASKED), "rows_scale"),
    _node("Mul", ("rows_f", "rows_scale"), FOUND),
)
