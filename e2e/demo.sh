#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'USAGE'
demo.sh [--keep]

Three MySQL servers (eu, us, ap) with a shop, merged into one PostgreSQL by the job template
config-templates/jobs/many-to-one.streaming.conf on the real SeaTunnel engine, while a writer goes
on changing rows. At the end every row of PostgreSQL is compared with what the MySQL tables and the
writer's log say. Takes two minutes, after downloads; needs 3 GB of memory and no Docker.

Exit status: 0 if all rows are equal, 1 if not (the rows are printed).

  --keep   leaves servers and job running until Ctrl-C, and prints how to reach them: what you write
           to MySQL arrives in PostgreSQL
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
exec java -Xmx1g -Dfile.encoding=UTF-8 -Dseamerge.root="$root" -cp "$(class_path)" \
    io.seamerge.e2e.demo.ShopDemo "$@"
