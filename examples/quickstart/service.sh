#!/bin/sh
# service.sh start|stop|restart|reload|status|remove
# Runs the greeter of directory $DIR in the background.
set -eu

pid_file=$DIR/greeter.pid
address_file=$DIR/greeter.address

running() {
	[ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null
}

# wait_until COMMAND...: at most ten seconds.
wait_until() {
	tries=100
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

listening() { [ -s "$address_file" ]; }
ended() { ! running; }
listening_or_ended() { listening || ended; }
# The last thing the greeter does is to remove its address. Where nobody collects ended
# processes, as in some containers, it could not be told from a running one by kill.
silent_or_ended() { ! listening || ended; }

start() {
	if running; then
		return 0
	fi
	rm -f "$address_file"
	# Its output goes to a file: a process that kept the output of the command that
	# started it would lose its listener as soon as that command is done.
	nohup "$DIR/greeter" -dir "$DIR" >>"$DIR/greeter.log" 2>&1 </dev/null &
	echo "$!" >"$pid_file"
	wait_until listening_or_ended || true
	if ! listening; then
		tail -n 5 "$DIR/greeter.log" >&2
		return 1
	fi
	echo "started on $(cat "$address_file")"
}

stop() {
	if running; then
		kill "$(cat "$pid_file")"
		wait_until silent_or_ended
	fi
	rm -f "$pid_file" "$address_file"
}

case ${1:-} in
start) start ;;
stop) stop ;;
restart)
	stop
	start
	;;
reload) kill -HUP "$(cat "$pid_file")" ;;
status) running ;;
remove)
	stop
	rm -f "$DIR/greeter.log"
	;;
*)
	echo "usage: service.sh start|stop|restart|reload|status|remove" >&2
	exit 2
	;;
esac
