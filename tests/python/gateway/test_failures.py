"""What a person reads of a kernelspec that is not offered."""

import json

import pytest

from orchest_gateway.kernels import failures


class Specs:
    def __init__(self, *folders):
        self.kernel_dirs = [str(folder) for folder in folders]

    def find_kernel_specs(self):
        return {"python_docker": "/x"}


def test_a_kernelspec_that_cannot_be_used_says_why(tmp_path):
    problem = {"message": "`env.THREADS` (line 4, column 22) is a number", "hint": "write its value in quotes"}
    (tmp_path / failures.PROBLEMS).write_text(json.dumps({"mine": problem}))
    error = failures.not_here("mine", Specs(tmp_path / "missing", tmp_path))
    assert error.status_code == 404
    assert error.get_message() == (
        "The kernelspec `mine` cannot be used: `env.THREADS` (line 4, column 22) is a number.\n"
        "hint: write its value in quotes"
    )


@pytest.mark.parametrize("text", [None, "{}", "no JSON", '["mine"]', "3", '{"mine": "text"}'])
def test_a_kernelspec_of_which_nothing_is_known_is_not_here(tmp_path, text):
    if text is not None:
        (tmp_path / failures.PROBLEMS).write_text(text)
    message = failures.not_here("mine", Specs(tmp_path)).get_message()
    assert message.startswith("The kernelspec `mine` is not here. Here are: `python_docker`.")
