#!/usr/bin/env bash
# Installs what is missing and runs the tests of the images' Python programs. They need no engine.
#
#     bash etc/setup/python-tests.sh [ARGUMENT OF PYTEST...]
#
# If PYTHON_REPORTS names a folder, it gets the results of each part in JUnit's format.
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

failed=
sources=$root/etc
# Python writes nothing beside the sources, because those go into the images.
export PYTHONDONTWRITEBYTECODE=1
ensure_python_environment stock-gateway
python_is_newer "$(python_for_tests)" || ensure_python_environment older-gateway
for name in gateway server environment; do
    ensure_python_environment "$name"
    report=()
    [ -z "${PYTHON_REPORTS:-}" ] || report=("--junit-xml=$PYTHON_REPORTS/python-$name.xml")
    say "== python: $name"
    PYTHONPATH=$sources/images/$name:$sources/images/shared:$sources/images/shared/kernel:$sources/images/shared/environment:$sources/kernels:$root/tests/python \
        "$target/python/$name/bin/python" -m pytest -q -c tests/python/pytest.ini \
        "tests/python/$name" ${report[@]+"${report[@]}"} "$@" || failed="$failed${failed:+, }$name"
done
[ -z "$failed" ] || fail "these tests failed: $failed" "what each found is above"
