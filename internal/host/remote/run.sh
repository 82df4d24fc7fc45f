# Runs one command on the other machine, in place of the shell that reads this.
#
# $1 is this very text. It gets two lines on its standard input: who is to run the command,
# and then the command itself; the rest of the input is the command's. Both lines are
# assignments and calls of what is defined here. What it says on standard output begins
# with a word that nobody else knows, so that it cannot be mistaken for output. All names
# begin alike, so as not to change a variable that the command inherits.

_exec_say() { printf "%s %s\n" "$_exec_word" "$*"; }

_exec_fail() {
	_exec_say failed "$@"
	_exec_say end
	trap - EXIT
	exit 0
}

# The line of the user database for a name, or for a number.
_exec_entry() {
	if command -v getent >/dev/null 2>&1; then
		getent "$1" "$2"
		return
	fi
	_exec_file=/etc/passwd
	case $1 in group) _exec_file=/etc/group ;; esac
	while IFS= read -r _exec_line; do
		case $_exec_line in "$2":*) printf "%s\n" "$_exec_line" && return ;; esac
	done <"$_exec_file"
	while IFS= read -r _exec_line; do
		_exec_field 3 "$_exec_line"
		case $_exec_field in "$2") printf "%s\n" "$_exec_line" && return ;; esac
	done <"$_exec_file"
}

_exec_field() {
	_exec_n=$1
	_exec_rest=$2:
	while [ "$_exec_n" -gt 1 ]; do
		_exec_rest=${_exec_rest#*:}
		_exec_n=$((_exec_n - 1))
	done
	_exec_field=${_exec_rest%%:*}
}

_exec_find_group() {
	_exec_gid=
	[ -n "$_exec_group" ] || return 0
	_exec_found=$(_exec_entry group "$_exec_group")
	if [ -n "$_exec_found" ]; then
		_exec_field 3 "$_exec_found"
		_exec_gid=$_exec_field
	elif [ -n "$_exec_group_number" ]; then
		_exec_gid=$_exec_group
	else
		_exec_fail group
	fi
}

# Sets the numbers of the user and its groups. An empty one stays as it is.
_exec_find_user() {
	_exec_uid=
	[ -n "$_exec_user" ] || return 0
	_exec_found=$(_exec_entry passwd "$_exec_user")
	if [ -n "$_exec_found" ]; then
		_exec_field 1 "$_exec_found"
		_exec_name=$_exec_field
		_exec_field 3 "$_exec_found"
		_exec_uid=$_exec_field
		_exec_field 4 "$_exec_found"
		_exec_gid=${_exec_gid:-$_exec_field}
		_exec_field 6 "$_exec_found"
		HOME=$_exec_field
		_exec_groups=$(id -G "$_exec_name" | tr " " ,)
	elif [ -n "$_exec_user_number" ]; then
		_exec_name=$_exec_user
		_exec_uid=$_exec_user
		HOME=/
		_exec_groups=
	else
		_exec_fail user
	fi
	USER=$_exec_name
	LOGNAME=$_exec_name
	export HOME USER LOGNAME
}

# Becomes somebody else, if need be, and reads this text again as that one.
_exec_become() {
	_exec_own_gid=$(id -g)
	if [ -z "$_exec_uid" ]; then
		case $_exec_gid in "" | "$_exec_own_gid") return 0 ;; esac
	elif [ "$_exec_uid" = "$(id -u)" ]; then
		case ${_exec_group:+$_exec_gid} in "" | "$_exec_own_gid") return 0 ;; esac
	fi
	[ -n "$_exec_gid" ] || _exec_fail alone
	[ "$(id -u)" = 0 ] || _exec_fail switch
	case $(setpriv --help 2>&1) in
	*--reuid*)
		if [ -z "$_exec_uid" ]; then
			set -- setpriv "--regid=$_exec_gid" --keep-groups --
		elif [ -n "$_exec_groups" ]; then
			set -- setpriv "--reuid=$_exec_uid" "--regid=$_exec_gid" "--groups=$_exec_groups" --
		else
			set -- setpriv "--reuid=$_exec_uid" "--regid=$_exec_gid" --clear-groups --
		fi
		;;
	*)
		case $(chroot --help 2>&1) in
		*--skip-chdir*) ;;
		*) _exec_fail unsupported ;;
		esac
		if [ -z "$_exec_uid" ]; then
			set -- chroot --skip-chdir "--userspec=:$_exec_gid" "--groups=$(id -G | tr " " ,)" /
		else
			set -- chroot --skip-chdir "--userspec=$_exec_uid:$_exec_gid" "--groups=$_exec_groups" /
		fi
		;;
	esac
	_exec_again "$@"
}

# Starts over, behind the words that it is given.
_exec_again() {
	if [ -n "$_exec_clean" ]; then
		if [ -n "$_exec_user" ]; then
			set -- "$@" /usr/bin/env -i "PATH=$PATH" "HOME=$HOME" "USER=$USER" "LOGNAME=$LOGNAME"
		else
			set -- "$@" /usr/bin/env -i "PATH=$PATH"
		fi
	fi
	exec "$@" "$0" -c "eval \"\$1\"" "$0" "$_exec_code" again
}

_exec_who() {
	_exec_find_group
	_exec_find_user
	[ -z "$_exec_user$_exec_group" ] || _exec_become
	[ -z "$_exec_clean" ] || _exec_again
}

# What the system says about a path, without the path.
_exec_about() {
	_exec_said=$(LC_ALL=C ls -dL -- "$1" 2>&1 >/dev/null) || _exec_said=${_exec_said##*: }
}

_exec_enter() {
	[ -n "$1" ] || return 0
	if cd -P -- "$1" 2>/dev/null; then
		unset OLDPWD
		return
	fi
	if [ -d "$1" ]; then _exec_fail dir Permission denied; fi
	if [ -e "$1" ]; then _exec_fail dir Not a directory; fi
	_exec_about "$1"
	_exec_fail dir "$_exec_said"
}

# Finds the file that a name means on PATH.
_exec_find() {
	case $1 in */*)
		_exec_program=$1
		return
		;;
	esac
	_exec_denied=
	_exec_rest=${_exec_path:+$_exec_path:}
	while [ -n "$_exec_rest" ]; do
		_exec_dir=${_exec_rest%%:*}
		_exec_rest=${_exec_rest#*:}
		_exec_program=$_exec_dir/$1
		case $_exec_dir in
		/*)
			if [ -f "$_exec_program" ]; then
				if [ -x "$_exec_program" ]; then return; fi
				_exec_denied=${_exec_denied:-$_exec_program}
			fi
			;;
		*) if [ -f "./$_exec_program" ] && [ -x "./$_exec_program" ]; then _exec_fail relative "$_exec_dir"; fi ;;
		esac
	done
	[ -z "$_exec_denied" ] || _exec_fail denied "$_exec_denied"
	_exec_fail nopath "$_exec_path"
}

# Sets how a file begins: the first line, without what a shell cannot hold.
_exec_begin() {
	_exec_head=
	if [ -f "$1" ] && [ -r "$1" ]; then IFS= read -r _exec_head <"$1"; fi 2>/dev/null
}

# Sets the interpreter that the first line names; none if Linux does not read as far as that.
_exec_interpreter() {
	_exec_interp=${_exec_head#??}
	while :; do
		case $_exec_interp in
		" "* | "$_exec_tab"*) _exec_interp=${_exec_interp#?} ;;
		*) break ;;
		esac
	done
	_exec_rest=$_exec_interp
	_exec_interp=${_exec_interp%%" "*}
	_exec_interp=${_exec_interp%%"$_exec_tab"*}
	if [ "$((${#_exec_head} - ${#_exec_rest} + ${#_exec_interp}))" -gt 255 ] && [ -e /proc/self/stat ]; then _exec_interp=; fi
}

# Refuses what a shell would run itself when the system does not take it for a program, and
# what has no interpreter, which the system reports as if the program were not there.
_exec_check() {
	if [ -d "$1" ]; then _exec_fail isdir; fi
	if [ -e "$1" ]; then :; else
		_exec_about "$1"
		case $_exec_said in "No such file or directory") if [ -h "$1" ]; then _exec_fail link "$(readlink "$1" 2>/dev/null)"; fi ;; esac
		_exec_fail missing "$_exec_said"
	fi
	# A pipe is none, and a shell that looks why it was not executed waits for a writer.
	if [ -f "$1" ] && [ -x "$1" ]; then :; else _exec_fail notexec "$1"; fi
	_exec_file=$1
	for _exec_depth in 1 2 3 4 5 6 7 8; do
		_exec_begin "$_exec_file"
		case $_exec_head in "$_exec_bang"*) ;; *) break ;; esac
		_exec_interpreter
		[ -n "$_exec_interp" ] || break
		if [ -e "$_exec_interp" ]; then :; else _exec_fail interp "$_exec_interp"; fi
		if [ -f "$_exec_interp" ] && [ -x "$_exec_interp" ]; then :; else _exec_fail notinterp "$_exec_interp"; fi
		_exec_file=$_exec_interp
	done
	# It is the last of them that the system executes.
	_exec_format "$_exec_file"
}

_exec_format() {
	_exec_begin "$1"
	if [ -f "$1" ] && [ -r "$1" ]; then :; else return 0; fi
	if [ -s "$1" ]; then :; else _exec_fail format empty; fi
	case $_exec_head in
	"$_exec_bang"*)
		_exec_interpreter
		[ -n "$_exec_interp" ] || _exec_fail format unnamed
		return
		;;
	?ELF*)
		case $1 in /bin/* | /usr/bin/* | /sbin/* | /usr/sbin/*) return ;; esac
		_exec_machine "$1"
		return
		;;
	esac
	_exec_registered "$1"
	case $_exec_formats:$_exec_head in
	2:*) ;;
	*[[:cntrl:]]*) if [ "$_exec_formats" = 0 ] && [ -e /proc/self/stat ]; then _exec_fail format binary; fi ;;
	*) _exec_fail format text ;;
	esac
}

# Other formats than its own can be registered with Linux, such as those of an emulator. Sets
# 0 if there are none, 1 if the content of a file may tell one, 2 if the name of this one does.
_exec_registered() {
	_exec_formats=0
	set +f
	for _exec_entry in /proc/sys/fs/binfmt_misc/*; do
		case ${_exec_entry##*/} in "*" | register | status) continue ;; esac
		[ "$_exec_formats" = 2 ] || _exec_formats=1
		while read -r _exec_line; do
			case $_exec_line in "extension ."?*) case $1 in *".${_exec_line#*.}") _exec_formats=2 ;; esac ;; esac
		done <"$_exec_entry"
	done 2>/dev/null
	set -f
}

# Sets the byte order and the machine that an ELF file is for, and whether it can be executed
# at all: it may be cut short, a part of a program, or what is left of one.
_exec_elf() {
	set -- $(od -An -tx1 -j4 -N52 "$1" 2>/dev/null)
	_exec_order=$2
	_exec_for=${15}${16}
	case $#:$1:${13}${14}:${39}${40}:${51}${52} in
	0:* | 52:01:0[23]00:2000:* | 52:01:000[23]:0020:* | 52:02:0[23]00:*:3800 | 52:02:000[23]:*:0038) _exec_whole=1 ;;
	*) _exec_whole= ;;
	esac
}

_exec_machine() {
	_exec_elf "$1"
	[ -n "$_exec_whole" ] || _exec_fail format binary
	_exec_its=$_exec_order$_exec_for
	_exec_its_order=$_exec_order
	_exec_elf /bin/sh
	case $_exec_its in "$_exec_order$_exec_for") return ;; esac
	_exec_registered "$1"
	[ "$_exec_formats" = 0 ] || return 0
	# Machines that run the programs of their 32-bit kin: x86, ARM, PowerPC, SPARC.
	case $_exec_its_order:$_exec_for:${_exec_its#??} in
	"$_exec_order":3e00:0300 | "$_exec_order":b700:2800 | "$_exec_order":0015:0014 | "$_exec_order":002b:0002 | "$_exec_order":002b:0012) return ;;
	esac
	_exec_fail format binary
}

_exec_not_started() {
	_exec_code=$?
	PATH=$_exec_tools
	trap - EXIT
	_exec_fail exec "$_exec_code"
}

_exec_unset=
_exec_env=
_exec_exec() { if [ -n "$_exec_unset" ]; then exec /usr/bin/env $_exec_unset "$@"; else exec "$@"; fi; }

# Becomes the command, whose words are the arguments.
_exec_run() {
	set -f
	_exec_enter "$_exec_dir"
	_exec_tools=$PATH
	_exec_path=${_exec_path-$PATH}
	_exec_find "$1"
	_exec_check "$_exec_program"
	shift
	if [ -n "$_exec_clean" ]; then
		unset PWD OLDPWD SHLVL
		# This shell tells its children the last word of a command, and how deep they are.
		if [ -n "$BASH_VERSION" ]; then _exec_unset="-u _ -u SHLVL"; fi
	fi
	# What holds a "=" is no program to env, so another one has to stand in between.
	case $_exec_unset$_exec_env:$_exec_program in
	:*) set -- "$_exec_program" "$@" ;;
	*=*) set -- "$(command -v nice)" -n 0 "$_exec_program" "$@" ;;
	*) set -- "$_exec_program" "$@" ;;
	esac
	trap _exec_not_started EXIT
	if [ -n "$BASH_VERSION" ]; then shopt -s execfail; fi
	printf "%s\n" "$_exec_word" >&2
	_exec_say started
	_exec_surround 2>/dev/null
	_exec_exec "$@"
	_exec_not_started
}

# Begins a session where the server has not, for a command is ended by its session. Who leads
# a group cannot begin one, and setsid would do so in another process.
_exec_lead() {
	if IFS= read -r _exec_line <"/proc/$$/stat"; then :; else return 0; fi 2>/dev/null
	set -- "$1" ${_exec_line##*") "}
	case $$ in "$5") return 0 ;; esac
	case $1:$$ in :"$4") ;; :*) if command -v setsid >/dev/null; then exec setsid "$0" -c "eval \"\$1\"" "$0" "$_exec_code" led; fi ;; esac
	echo "its server begins no session for a command, and setsid, which could, is missing or of no use there"
	exit 1
}

# The last two of the three characters that separate words are a tab and a line break.
_exec_nl=${IFS#??}
_exec_tab=${IFS#?}
_exec_tab=${_exec_tab%"$_exec_nl"}
_exec_code=$1
set -f
case $2 in
again) ;;
*)
	_exec_lead "$2"
	printf "\nterraform-provider-exec %s\n" "$$"
	IFS= read -r _exec_line || exit 0
	eval "$_exec_line"
	_exec_who
	;;
esac
IFS= read -r _exec_line || exit 0
eval "$_exec_line"
