from fakes import Log
from orchest_gateway.kernels.failures import NotStarted, not_here
from orchest_gateway.request_log import log_request


class Request:
    path, query, uri = "/api/kernels", "token=secret", "/api/kernels?token=secret"

    def __init__(self, method):
        self.method = method

    def request_time(self):
        return 0.0123


class Handler:
    def __init__(self, method, status, log):
        self.request, self.status = Request(method), status
        self.application = type("Application", (), {"settings": {"orchest_log": log}})

    def get_status(self):
        return self.status


def logged(method, status):
    log = Log()
    log_request(Handler(method, status, log))
    return log.lines


def test_a_changing_request_is_logged_without_its_query():
    assert logged("POST", 201) == ["INFO: 201 POST /api/kernels 12 ms"]


def test_a_failed_request_is_logged_by_its_severity():
    assert logged("GET", 404) == ["WARNING: 404 GET /api/kernels 12 ms"]
    assert logged("GET", 500) == ["ERROR: 500 GET /api/kernels 12 ms"]


def test_a_reading_request_is_not_logged():
    assert logged("GET", 200) == []


def test_the_reason_of_a_failed_start_may_have_lines_and_percents():
    failure = NotStarted("first\nsecond 100% of it")
    assert failure.get_message() == failure.log_message == "first\nsecond 100% of it"
    assert (failure.status_code, failure.reason) == (500, "The kernel did not start")


def test_an_error_about_an_unknown_kernelspec_names_the_known_ones():
    class Specs:
        kernel_dirs = []

        @staticmethod
        def find_kernel_specs():
            return {"r_docker": "", "python_docker": ""}

    failure = not_here("julia", Specs)
    assert failure.status_code == 404
    assert failure.get_message().startswith(
        "The kernelspec `julia` is not here. Here are: `python_docker`, `r_docker`."
    )
