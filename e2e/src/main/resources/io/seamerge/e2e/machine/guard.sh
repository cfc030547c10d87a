# guard HOME LIFETIME COMMAND...: runs a server, writes its process id to HOME/pid, and ends with it.
# With LIFETIME OF_THIS_PROCESS it also kills the server and deletes HOME once standard input ends,
# which it does when the process that started the guard is gone.
home=$1
lifetime=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
echo "$server" >"$home/pid.new" && mv "$home/pid.new" "$home/pid"
watch=
if [ "$lifetime" = OF_THIS_PROCESS ]; then
    (
        # Nobody writes to the pipe: this returns when it closes.
        read -r nothing <&3
        children=$(cat "/proc/$server/task/$server/children" 2>/dev/null)
        : >"$home/abandoned"
        # shellcheck disable=SC2086 # one word per child
        kill -KILL "$server" $children 2>/dev/null
    ) &
    watch=$!
fi
exec 3<&-
wait "$server"
status=$?
if [ -e "$home/abandoned" ]; then
    # PostgreSQL's children may be writing their last files.
    for attempt in 1 2 3 4 5; do
        rm -rf "$home" 2>/dev/null && break
        sleep 0.2
    done
elif [ -n "$watch" ]; then
    kill "$watch" 2>/dev/null
fi
exit "$status"
