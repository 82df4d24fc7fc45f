# Watches over the sessions of commands, for as long as its standard input is open, and
# ends all that is left of them once it is not.
#
# It gets lines: "add SESSION", "remove SESSION", and "signal NAME SESSION", upon which it
# sends that signal to all of the session, or to the group of its leader for INT, and says
# "gone" or "alive". The name 0 only looks.

trap "" HUP INT QUIT TERM PIPE

# Sets the process groups of a session that hold a live process. A process that has ended
# and is not reaped does not live, unless only its first thread has ended.
find_groups() {
	session=$1
	groups=
	if [ -n "$listed" ]; then
		for file in /proc/[0-9]*/stat; do
			stat=
			# The name of a process may hold line breaks.
			while IFS= read -r line; do stat="$stat $line"; done <"$file"
			# The name is in parentheses and may hold any, so the last one ends it.
			set -- ${stat##*") "}
			[ "$4" = "$session" ] || continue
			case $1 in
			X | x) continue ;;
			Z) [ "${18}" -gt 1 ] || continue ;;
			esac
			case " $groups " in *" $3 "*) ;; *) groups="$groups $3" ;; esac
		done 2>/dev/null
	elif kill -0 "-$session" 2>/dev/null; then
		groups=$session
	fi
}

send() {
	case $1 in
	0) return ;;
	INT)
		kill -INT "-$2"
		return
		;;
	esac
	for group in $groups; do
		kill "-$1" "-$group"
		# What is stopped cannot act upon a signal.
		kill -CONT "-$group"
	done
} 2>/dev/null

# Sends a signal, and leaves in groups what lived before it. A look may miss a process whose
# parent has forked it meanwhile and ended, so that none is left is believed when seen twice.
signal() {
	find_groups "$2"
	[ -n "$groups" ] || find_groups "$2"
	send "$1" "$2"
}

# Reports whether anything lives of the sessions, after a signal to them.
all() {
	left=
	for each in $sessions; do
		signal "$1" "$each"
		left=$left$groups
	done
	[ -n "$left" ]
}

short() { sleep 0.1 2>/dev/null || sleep 1; }

# Sets the session of this shell, which some servers do not begin for it.
find_own() {
	own=
	if read -r line <"/proc/$$/stat"; then :; else return; fi 2>/dev/null
	set -- ${line##*") "}
	own=$4
}

sessions=
# Where the processes of this very session cannot be listed, a process group has to do.
listed=1
find_own
find_groups "${own:-$$}"
[ -n "$groups" ] || listed=
printf "\nterraform-provider-exec %s\n" "$$"
while read -r verb first second; do
	case $verb in
	add) sessions="$sessions $first " ;;
	remove) case $sessions in *" $first "*) sessions="${sessions%%" $first "*} ${sessions#*" $first "}" ;; esac ;;
	signal)
		signal "$first" "$second"
		if [ -n "$groups" ]; then echo alive; else echo gone; fi
		;;
	esac
done
turn=0
while all "$(if [ "$turn" = 0 ]; then echo TERM; elif [ "$turn" -lt 50 ]; then echo 0; else echo KILL; fi)" && [ "$turn" -lt 80 ]; do
	turn=$((turn + 1))
	short
done
