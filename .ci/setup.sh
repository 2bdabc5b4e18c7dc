#!/bin/sh
# Builds .venv from the hash-pinned lock, with uv; installs uv where it is absent.
set -eu

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "$PYTHON is missing or older than 3.11. Name another: make PYTHON=python3.12 …"

if command -v uv >/dev/null 2>&1; then
    UV=uv
else
    UV=.uv/bin/uv
    if [ ! -x "$UV" ]; then
        echo "setup: installing uv into .uv"
        rm -rf .uv
        "$PYTHON" -m venv .uv >/dev/null 2>&1 ||
            fail "$PYTHON cannot make virtual environments. Install its venv package (Debian: apt-get install python3-venv) or uv."
        .uv/bin/python -m pip install --quiet --disable-pip-version-check \
            --require-hashes -r requirements-uv.lock ||
            fail "uv could not be installed. Is the package index reachable?"
    fi
fi

echo "setup: building .venv from requirements.lock"
[ -x .venv/bin/python ] || "$UV" venv --quiet --python "$PYTHON" .venv
"$UV" pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock ||
    fail "the packages could not be installed. Is the package index reachable?"
# The project itself, by the build backend that the lock has just brought.
"$UV" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
printf 'UV=%s\n' "$UV" >.venv/uv

# Read by `dagster dev` in this folder; what the shell sets wins.
grep -q '^DAGSTER_HOME=' .env 2>/dev/null || cat >>.env <<EOF
DAGSTER_HOME="\${DAGSTER_HOME:-$PWD/orchestration}"
ROI_DAGSTER_STATE="\${ROI_DAGSTER_STATE:-$PWD/.roi/dagster}"
DAGSTER_DISABLE_TELEMETRY="\${DAGSTER_DISABLE_TELEMETRY:-yes}"
EOF
