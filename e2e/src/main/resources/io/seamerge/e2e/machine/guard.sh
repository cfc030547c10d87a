# guard HOME COMMAND...: runs a server, writes its process id to HOME/pid, and ends with it.
# Standard input ends when the process that started the guard is gone: then the guard kills the
# server and deletes HOME, unless there is a file HOME/keep.
home=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
echo "$server" >"$home/pid.new" && mv "$home/pid.new" "$home/pid"
(
    # Nobody writes to the pipe: this returns when it closes.
    read -r nothing <&3
    [ -e "$home/keep" ] && exit
    children=$(cat "/proc/$server/task/$server/children" 2>/dev/null)
    : >"$home/abandoned"
    # shellcheck disable=SC2086 # one word per child
    kill -KILL "$server" $children 2>/dev/null
) &
watch=$!
exec 3<&-
wait "$server"
status=$?
if [ -e "$home/abandoned" ]; then
    # PostgreSQL's children may be writing their last files.
    for attempt in 1 2 3 4 5; do
        rm -rf "$home" 2>/dev/null && break
        sleep 0.2
    done
else
    kill "$watch" 2>/dev/null
fi
exit "$status"
