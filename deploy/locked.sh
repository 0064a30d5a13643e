#!/bin/sh
# Locks the dependencies anew and writes what CI and the container install from; needs uv.
# docs/dependencies.md says when.
set -eu
cd "$(dirname "$0")/.."
uv lock "$@"
export_locked() { uv export --quiet --locked --no-emit-project --no-default-groups --no-header --group build "$@"; }
export_locked --extra metrics --extra notify --extra timestamp -o deploy/requirements.txt
export_locked --extra test --extra fuzz -o .ci/requirements.txt
