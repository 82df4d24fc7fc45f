# Says for each path that it gets, one to a line and quoted, whether it exists: "yes", "no",
# or "unknown" and what the system says. Links are followed.

# Only the words of the system tell what is not there from what may not be seen.
look() {
	if [ -e "$1" ]; then
		echo yes
		return
	fi
	if said=$(LC_ALL=C ls -dL -- "$1" 2>&1 >/dev/null); then
		echo yes
		return
	fi
	said=${said##*: }
	case $said in
	"No such file or directory" | "Not a directory" | "Too many levels of symbolic links" | "Symbolic link loop") echo no ;;
	*) printf "unknown %s\n" "${said%%"$_exec_nl"*}" ;;
	esac
}

_exec_nl=${IFS#??}
printf "\nterraform-provider-exec %s\n" "$$"
while IFS= read -r line; do
	eval "look $line"
done
