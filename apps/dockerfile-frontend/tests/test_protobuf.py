import pytest

from frontend.protobuf import bytes_field, bytes_fields, map_field, number_field, varint


@pytest.mark.parametrize(
    ("number", "encoded"), [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02")]
)
def test_integers_are_written_seven_bits_at_a_time(number, encoded):
    assert varint(number).hex() == encoded


def test_a_message_is_its_fields_one_after_the_other():
    # The examples of Protocol Buffers' own description of the format.
    assert number_field(1, 150).hex() == "089601"
    assert bytes_field(2, b"testing").hex() == "120774657374696e67"


def test_a_map_is_a_message_for_each_entry():
    assert (
        map_field(3, {b"a": b"1", b"b": b""})
        == b"\x1a\x06\x0a\x01a\x12\x011\x1a\x05\x0a\x01b\x12\x00"
    )


def test_what_is_not_wanted_is_passed_over():
    message = number_field(5, 300) + bytes_field(1, b"no") + map_field(3, {b"k": b"v" * 200})

    (entry,) = bytes_fields(message, 3)
    assert list(bytes_fields(entry, 1)) == [b"k"]
    assert list(bytes_fields(entry, 2)) == [b"v" * 200]


def test_a_wire_type_that_no_answer_has_is_an_error():
    with pytest.raises(ValueError, match="field 1 has the wire type 5"):
        list(bytes_fields(b"\x0d\0\0\0\0", 1))
