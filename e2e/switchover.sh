#!/usr/bin/env bash
# From backfill to stream with a million rows, under write load: see --help.
set -euo pipefail

# shellcheck source=e2e/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

need_java_and_maven
build
exec java -Xmx1g -Dfile.encoding=UTF-8 -Dseamerge.root="$root" -cp "$(class_path)" \
    io.seamerge.e2e.demo.SwitchoverCommand "$@"
