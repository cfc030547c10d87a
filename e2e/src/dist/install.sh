#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'USAGE'
install.sh SEATUNNEL_HOME

Puts SeaMerge's connectors into a SeaTunnel installation (2.3.8):

  connectors/   connector-mysql-cdc and connector-pg-merge; other versions of these two are removed
  connectors/plugin-mapping.properties   the lines that make them known
  lib/          the JDBC drivers of MySQL and PostgreSQL, unless some version of them is there
  config/seamerge/   the job templates; a template that was changed there is left as it is

It can be run again at any time, and says what it did. SeaTunnel sees the change at its next start.
USAGE
}

case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
esac
if [ $# -ne 1 ]; then
    usage >&2
    exit 2
fi

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
home=$1
if [ ! -d "$home/connectors" ] || [ ! -d "$home/lib" ]; then
    echo "$home is no SeaTunnel installation: it has no connectors/ and lib/" >&2
    exit 1
fi

# put FILE FOLDER: copies in one step, so that nobody ever sees half a file.
put() {
    local file=$1 folder=$2
    local target=$folder/${file##*/}
    if cmp -s "$file" "$target"; then
        echo "unchanged  $target"
        return
    fi
    local done=installed
    if [ -e "$target" ]; then
        done=updated
    fi
    cp "$file" "$target.new"
    mv "$target.new" "$target"
    printf '%-10s %s\n' "$done" "$target"
}

for jar in "$here"/connectors/*.jar; do
    name=${jar##*/}
    prefix=${name%%-[0-9]*}
    for other in "$home/connectors/$prefix"-[0-9]*.jar; do
        if [ -e "$other" ] && [ "${other##*/}" != "$name" ]; then
            rm "$other"
            echo "removed    $other"
        fi
    done
    put "$jar" "$home/connectors"
done

mapping=$home/connectors/plugin-mapping.properties
[ -e "$mapping" ] || : >"$mapping"
while IFS= read -r line; do
    key=${line%% *}
    found=$(awk -F= -v key="$key" '{ k = $1; gsub(/[ \t]/, "", k) } k == key { v = $2; gsub(/[ \t\r]/, "", v); print v }' "$mapping" | tail -n 1)
    wanted=${line##* }
    if [ "$found" = "$wanted" ]; then
        echo "unchanged  $mapping: $line"
        continue
    fi
    {
        awk -F= -v key="$key" '{ k = $1; gsub(/[ \t]/, "", k) } k != key' "$mapping"
        echo "$line"
    } >"$mapping.new"
    mv "$mapping.new" "$mapping"
    echo "added      $mapping: $line"
done <"$here/plugin-mapping.lines"

for jar in "$here"/lib/*.jar; do
    prefix=${jar##*/}
    prefix=${prefix%%-[0-9]*}
    # Two versions of a driver on one class path: nobody could tell which one is used.
    present=$(find "$home/lib" -name "$prefix-[0-9]*.jar" ! -name "${jar##*/}" | head -n 1)
    if [ -n "$present" ]; then
        echo "kept       $present (not replaced by ${jar##*/})"
    else
        put "$jar" "$home/lib"
    fi
done

while IFS= read -r file; do
    target=$home/config/seamerge/$file
    if [ -e "$target" ] && ! cmp -s "$here/config-templates/$file" "$target"; then
        echo "kept       $target (differs from this version's)"
    else
        mkdir -p "$(dirname "$target")"
        put "$here/config-templates/$file" "$(dirname "$target")"
    fi
done < <(cd "$here/config-templates" && find . -type f | sed 's|^\./||' | sort)
