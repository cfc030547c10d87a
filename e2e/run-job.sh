#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'USAGE'
run-job.sh --config FILE [option …]

Runs a SeaTunnel job file on the real engine, with SeaMerge's connectors in place.

If SEATUNNEL_HOME is set, this is $SEATUNNEL_HOME/bin/seatunnel.sh, after the connectors of this
build have been put into that home (by install.sh, which says what it changed). Otherwise it is an
engine assembled from Maven Central's artifacts, with seatunnel.sh's options and exit status:

  -c, --config FILE     the job file
  -m, --master PLACE    local: in this process; cluster (the default, as in seatunnel.sh): on the
                        cluster that hazelcast-client.yaml names; `servers.sh start seatunnel`
                        starts one
  -i, --variable K=V    value for ${K} in the job file; may come several times
  --set-job-id ID       run the job under this id
  -r, --restore ID      run the job from the last savepoint or checkpoint of this job id
  -s, --savepoint ID    stop this job with a savepoint (cluster)
  -l, --list            list jobs and their states (cluster)
  --check               with -c and -i alone: runs nothing and changes nothing, neither in MySQL nor in
                        PostgreSQL, but prints what the job would read and write (instances, tables,
                        columns from source to target, keys, resolvers, rows and chunks to come, the SQL
                        that creates the tables), and everything that keeps it from starting; exit
                        status 1 if there is such a thing
  -j ID, --metrics ID, -can ID, --async, -cn NAME, -n NAME: as seatunnel.sh

Environment: SEAMERGE_HEAP_MB is the heap of the assembled engine in megabytes (1024); its
checkpoints are kept in $SEAMERGE_CACHE/checkpoints (see e2e/README.md).
USAGE
}

# shellcheck source=e2e/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

if [ $# -eq 0 ]; then
    usage >&2
    exit 1
fi
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

# engine_command [check]: puts the words of the assembled engine's command into the array command.
engine_command() {
    command_file=$(mktemp)
    trap 'rm -f "$command_file"' EXIT
    java -Dseamerge.root="$root" -cp "$root/e2e/target/classes" \
        io.seamerge.e2e.engine.SeaTunnelHome "${SEAMERGE_HEAP_MB:-1024}" "$@" >"$command_file"
    mapfile -d '' -t command <"$command_file"
    rm -f "$command_file"
}

for argument in "$@"; do
    if [ "$argument" = --check ]; then
        engine_command check
        exec "${command[@]}" "$@"
    fi
done

if [ -n "${SEATUNNEL_HOME:-}" ]; then
    [ -x "$SEATUNNEL_HOME/bin/seatunnel.sh" ] || die "SEATUNNEL_HOME is $SEATUNNEL_HOME, which has no bin/seatunnel.sh"
    unpacked=$(mktemp -d)
    trap 'rm -rf "$unpacked"' EXIT
    tar -xz -C "$unpacked" --strip-components 1 -f "$root"/target/seamerge-*.tar.gz
    "$unpacked/install.sh" "$SEATUNNEL_HOME" >&2
    rm -rf "$unpacked"
    exec "$SEATUNNEL_HOME/bin/seatunnel.sh" "$@"
fi

engine_command
exec "${command[@]}" "$@"
