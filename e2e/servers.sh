#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=e2e/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

need_java_and_maven
build
exec java -Xmx256m -Dseamerge.root="$root" -cp "$(class_path)" \
    io.seamerge.e2e.servers.ServersCommand "$@"
