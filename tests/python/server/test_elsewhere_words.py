"""What a person reads when a gateway elsewhere fails, and which errors get a remark about the folder."""

import json
from io import BytesIO

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders

from orchest_server.connection.frames import head
from orchest_server.elsewhere import missing, place, words

PLACE = place.of({"url": "https://Ada:p%40ss@g.example/Base/", "name": "Lab 7"})


def answer(code, body=b"", **headers):
    request = HTTPRequest(PLACE.url)
    response = HTTPResponse(request, code, HTTPHeaders(headers), BytesIO(body))
    return HTTPClientError(code, response=response)


def said(message, reason="Not Found"):
    return json.dumps({"message": message, "reason": reason}).encode()


@pytest.mark.parametrize(
    ("error", "of_kernel", "status", "text"),
    [
        (answer(404, said("Kernel does not exist: k")), True, 404, "no longer has this kernel"),
        # A proxy in front of the gateway does not know about kernels.
        (answer(404, b"404 page not found"), True, 502, "is not at https://g.example/Base"),
        (answer(404, said("No kernelspec x")), False, 404, "The gateway Lab 7 answers: No kernelspec x"),
        (answer(401), False, 502, "refused the token"),
        (answer(403, said("Resource Limit")), False, 403, "does not allow this: Resource Limit."),
        (answer(302, Location="https://login.example/"), False, 502, "leads to https://login.example/"),
        (answer(500, said("The image is not here")), False, 500, "The gateway Lab 7 answers: The image is not here"),
        (answer(500, b"[]"), False, 500, "The gateway Lab 7 failed: 500 Internal Server Error"),
        # With 503, JupyterLab would say that this server is gone.
        (answer(503, b"<html>"), True, 502, "The gateway Lab 7 failed: 503 Service Unavailable"),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            False,
            502,
            "does not answer: Connection reset by peer",
        ),
        (ValueError("odd"), False, 502, "could not be asked: odd"),
    ],
)
def test_a_failure_is_told_with_the_gateways_name(error, of_kernel, status, text):
    failure = words.failure(PLACE, error, of_kernel)
    assert failure.status_code == status and text in str(failure) and "Lab 7" in str(failure)
    assert failure.gone == (of_kernel and status == 404)


def test_a_login_in_the_address_becomes_a_header_and_the_path_keeps_its_letters():
    assert (PLACE.url, PLACE.ws_url) == ("https://g.example/Base", "wss://g.example/Base")
    assert PLACE.headers == {"Authorization": "Basic QWRhOnBAc3M="} and "Basic" not in repr(PLACE)


def frame(kind, content, parent=True):
    message = {"msg_type": kind, "content": content, "parent_header": {"msg_id": "1"} if parent else {}}
    data = json.dumps(message).encode()
    return head(missing.TEXT, len(data), True) + data


def error(ename, evalue):
    return frame("error", {"ename": ename, "evalue": evalue, "traceback": []})


@pytest.mark.parametrize(
    "found",
    [
        error("FileNotFoundError", "[Errno 2] No such file or directory: 'a.csv'"),
        error("ERROR", 'Error in file(file, "rt"): cannot open the connection\n'),
        error("ERROR", "Error in gzfile(f): cannot open file 'a': No such file or directory"),
        error("ERROR", "Error: 'a.csv' does not exist in current working directory ('/home')."),
    ],
)
def test_an_error_about_a_missing_file_is_found_among_others(found):
    before = frame("stream", {"name": "stdout", "text": '"msg_type": "error" FileNotFoundError'}) + error("E", "odd")
    at, parent = missing.after_error(before + found + frame("status", {"execution_state": "idle"}))
    assert (at, parent) == (len(before + found), {"msg_id": "1"})


@pytest.mark.parametrize(
    "frames",
    [
        b"",
        error("ZeroDivisionError", "division by zero"),
        frame("stream", {"name": "stdout", "text": '"msg_type": "error" FileNotFoundError'}),
        frame("error", {"ename": "FileNotFoundError", "evalue": "a"}, parent=False),
        frame("error", ["FileNotFoundError"]),
        head(missing.TEXT, 30, False) + b'{"msg_type": "error"          ',
    ],
)
def test_other_messages_get_no_remark(frames):
    assert missing.after_error(frames) is None
