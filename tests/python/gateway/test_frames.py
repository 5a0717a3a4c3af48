import json

import pytest

from orchest_gateway.messages.frames import binary_json, cut, deserialize_binary, framed, of_json, unframed

PARTS = [b'{"msg_id": "1", "msg_type": "execute_request"}', b"{}", b"{}", b'{"code": "6 * 7"}', b"", b"\x00\xff"]


def number(*values):
    return b"".join(value.to_bytes(8, "little") for value in values)


@pytest.mark.parametrize("count", [4, 5, 6])
def test_a_frame_is_read_again_as_it_was_written(count):
    assert unframed(framed("iopub", PARTS[:count])) == ("iopub", PARTS[:count])


def test_a_frame_begins_with_the_protocols_offsets():
    frame = framed("shell", [b"a", b"bc", b"", b"d"])
    # Six offsets: the channel's, those of four parts, and the end of the frame.
    assert frame == number(6, 56, 61, 62, 64, 64, 65) + b"shellabcd"


def test_a_text_is_refused():
    with pytest.raises(ValueError, match="it is text"):
        unframed("text")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x01",
        number(6),
        number(6, 56, 61, 62, 64, 64),
        number(2**63, 16),
        number(1, 3),
        number(2, 24, 23) + b"shell",
        number(2, 24, 99) + b"shell",
        number(6, 56, 61, 62, 61, 64, 65) + b"shellabcd",
    ],
)
def test_wrong_offsets_are_refused(frame):
    with pytest.raises(ValueError, match="offsets do not fit|and not four"):
        unframed(frame)


def test_a_frame_with_fewer_than_four_parts_is_refused():
    with pytest.raises(ValueError, match="it has 3 parts, and not four"):
        unframed(framed("shell", PARTS[:3]))


def test_a_frame_of_many_offsets_is_refused_quickly():
    with pytest.raises(ValueError, match="offsets do not fit a frame of 800008 bytes"):
        unframed(number(10**12) + bytes(800_000))


def test_the_older_protocol_has_message_and_channel_in_json():
    message = {"channel": "stdin", "header": {"msg_id": "1"}, "parent_header": {}, "metadata": {}, "content": {"a": 1}}
    channel, parts = of_json(json.dumps(message))
    assert channel == "stdin"
    assert [json.loads(part) for part in parts] == [{"msg_id": "1"}, {}, {}, {"a": 1}]


def test_a_message_of_the_older_protocol_without_a_channel_is_for_the_shell():
    assert of_json('{"header": {}, "content": null}') == ("shell", [b"{}"] * 4)


def test_the_older_protocol_has_buffers_in_a_binary_frame():
    whole = binary_json([b'{"channel": "shell"}', b"one", b"", b"two"])
    assert of_json(whole) == ("shell", [b"{}"] * 4 + [b"one", b"", b"two"])
    assert deserialize_binary(whole) == ({"channel": "shell"}, [b"one", b"", b"two"])


@pytest.mark.parametrize("frame", ["[]", "1", '"text"', "null"])
def test_a_message_must_be_an_object(frame):
    with pytest.raises(ValueError, match="it is no JSON object"):
        of_json(frame)


@pytest.mark.parametrize("frame", [b"", b"\x00\x00\x00\x01", b"\xff" * 12, binary_json([b"{}"])[:-3]])
def test_a_cut_binary_frame_is_refused(frame):
    with pytest.raises(ValueError):
        of_json(frame)


def test_parts_are_cut_between_offsets():
    assert cut(b"....abcde", [4, 6, 6, 9], 4, 4) == [b"ab", b"", b"cde"]


def test_no_part_may_begin_inside_the_offsets():
    with pytest.raises(ValueError):
        cut(b"....abcde", [3, 9], 2, 4)
