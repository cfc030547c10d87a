# shellcheck shell=bash
# What the commands of this folder share. Sourced, after `set -euo pipefail`.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# Installs JDK and Maven by apt if they are missing and this is root; says what is missing otherwise.
need_java_and_maven() {
    local missing=()
    if ! command -v javac >/dev/null; then
        missing+=(openjdk-17-jdk-headless)
    fi
    if ! command -v mvn >/dev/null; then
        missing+=(maven)
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
            die "Needs a JDK (17 to 21) and Maven: install ${missing[*]}"
        fi
        say "Installing ${missing[*]} …"
        apt-get -q update >&2
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" >&2
    fi
    local version
    version=$(javac -version 2>&1 | sed -E 's/^javac ([0-9]+).*/\1/')
    if [ "$version" -lt 17 ]; then
        die "Needs a JDK of version 17 or later: javac is version $version"
    fi
}

# Put before a command: it ends when this script does, however that happens.
bound=()
if command -v setpriv >/dev/null; then
    bound=(setpriv --pdeathsig TERM)
fi

# Shows what goes by as one line that changes, on a terminal; as nothing elsewhere.
one_line() {
    if [ -t 2 ]; then
        local line
        while IFS= read -r line; do
            printf '\r\033[K%.*s' "$(($(tput cols 2>/dev/null || echo 80) - 1))" "$line" >&2
        done
        printf '\r\033[K' >&2
    else
        cat >/dev/null
    fi
}

# Packages the connectors and compiles e2e, unless that has been done since the last change.
build() {
    local stamp=$root/e2e/target/.built
    if [ -e "$stamp" ] && [ -z "$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/src/main "$root/e2e/src/dist" "$root/config-templates" -newer "$stamp" -print -quit)" ] &&
        ls "$root"/connector-{mysql-cdc,pg-merge}/target/connector-*.jar >/dev/null 2>&1; then
        return
    fi
    say "Building SeaMerge …"
    local log=$root/e2e/target/build.log
    mkdir -p "$root/e2e/target"
    if ! "${bound[@]}" mvn -B -f "$root/pom.xml" package -Dmaven.test.skip=true 2>&1 | tee "$log" | one_line; then
        tail -n 40 "$log" >&2
        die "The build failed: see $log"
    fi
    touch "$stamp"
}

# The class path of e2e's own programs.
class_path() {
    local file=$root/e2e/target/class-path
    [ -e "$file" ] || die "No $file: it comes with the build (mvn package)"
    printf '%s:%s' "$root/e2e/target/classes" "$(cat "$file")"
}
