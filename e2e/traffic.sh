#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'USAGE'
traffic.sh [--seed N] [--minutes M] [--servers KIND,…] [--sessions N] [--keys N] [--pause-ms MS] [--xa]

Random traffic on MySQL servers of several kinds (8.0,9.7,mariadb), merged into PostgreSQL by the real
engine while it goes on: tables that hold every column type, every kind of statement, transactions of
any size, a snapshot beside the stream. At the end every value of every row is compared.

Exit status: 0 if all are equal; 1 if not (differences are printed with their keys), or if the job
failed. Needs 4 GB of memory and no Docker.
USAGE
}

# shellcheck source=e2e/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

for argument in "$@"; do
    case $argument in
        -h | --help)
            usage
            exit 0
            ;;
    esac
done

need_java_and_maven
build
exec java -Xmx768m -Dfile.encoding=UTF-8 -Dseamerge.root="$root" -cp "$(class_path)" \
    io.seamerge.e2e.traffic.TrafficCommand "$@"
