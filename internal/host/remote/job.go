package remote

import (
	"crypto/rand"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// job is a command as the script reads it: two lines of assignments and calls. The first
// says who runs it, and is read once more by a shell that had to become somebody else, or to
// start with a clean environment; so the second, with all that is secret, comes to the shell
// that becomes the command.
type job struct {
	// word begins what the script says, and is known to nobody else.
	word       string
	head, body string
}

func newJob(c host.Command) job {
	j := job{word: strings.ToLower(rand.Text())}
	j.head = assignments("word", j.word, "user", c.User, "user_number", flag(isNumber(c.User)),
		"group", c.Group, "group_number", flag(isNumber(c.Group)), "clean", flag(c.CleanEnv), "bang", "#!")
	var b strings.Builder
	b.WriteString(j.head)
	b.WriteString(assignments("dir", atHand(c.Dir)))
	surround, rest := surroundings(c)
	if search, ok := searchPath(c); ok {
		b.WriteString(assignments("path", search))
	}
	b.WriteString("_exec_surround() { " + surround + "}; ")
	if len(rest) > 0 {
		b.WriteString(assignments("env", flag(true)))
		b.WriteString("_exec_exec() { exec /usr/bin/env $_exec_unset " + strings.Join(rest, " ") + ` "$@"; }; `)
	}
	b.WriteString("_exec_run")
	for _, word := range c.Argv {
		b.WriteString(" " + quoted(word))
	}
	j.body = b.String()
	return j
}

// lines is what the script reads.
func (j job) lines() string { return j.head + "\n" + j.body + "\n" }

// flag is how the script tells true from false.
func flag(set bool) string {
	if set {
		return "1"
	}
	return ""
}

// isNumber reports that a user or group can be meant by its number.
func isNumber(id string) bool {
	_, err := strconv.ParseUint(id, 10, 32)
	return err == nil
}

// assignments returns assignments to variables of the script, from pairs of name and value.
func assignments(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("_exec_" + pairs[i] + "=" + quoted(pairs[i+1]) + "; ")
	}
	return b.String()
}

// atHand returns a directory so that cd takes it for nothing else: not for an option, nor
// for one that CDPATH leads to.
func atHand(dir string) string {
	if dir == "" || strings.HasPrefix(dir, "/") {
		return dir
	}
	return "./" + dir
}

// searchPath returns the PATH that the command gets; false is the one that it inherits.
func searchPath(c host.Command) (string, bool) {
	if len(c.Path) > 0 {
		return strings.Join(c.Path, ":"), true
	}
	search, ok := c.Env["PATH"]
	return search, ok
}

// plainName is a variable that any shell can export.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// shellName is a variable that some shell keeps for itself: it cannot be set, or means
// something to the shell that sets it. There is no more in it than that, for what env(1) gets
// can be seen by who lists processes.
var shellName = regexp.MustCompile(`^(_|BASH|BASHOPTS|BASHPID|BASH_(ALIASES|ARG[CV]|ARGV0|CMDS|COMMAND|COMPAT|ENV|EXECUTION_STRING|` +
	`LINENO|LOADABLES_PATH|MONOSECONDS|REMATCH|SOURCE|SUBSHELL|TRAPSIG|VERSINFO|VERSION|XTRACEFD)|` +
	`COMP_(CWORD|KEY|LINE|POINT|TYPE|WORDBREAKS|WORDS)|DIRSTACK|ENV|EPOCHREALTIME|EPOCHSECONDS|EUID|FUNCNAME|GROUPS|HISTCMD|` +
	`IFS|LINENO|OPTIND|PPID|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID|_exec_.*)$`)

// surroundings returns what gives the shell the mask and the variables of the command, and
// as words for env(1) the variables that a shell cannot give it.
func surroundings(c host.Command) (text string, rest []string) {
	var b strings.Builder
	b.WriteString(":; ")
	if c.Umask != nil {
		fmt.Fprintf(&b, "umask %04o; ", *c.Umask&0o777)
	}
	env := make(map[string]string, len(c.Env)+2)
	if strings.HasPrefix(c.Dir, "/") && !c.CleanEnv {
		env["PWD"] = path.Clean(c.Dir)
	}
	maps.Copy(env, c.Env)
	if search, ok := searchPath(c); ok {
		env["PATH"] = search
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if plainName.MatchString(name) && !shellName.MatchString(name) {
			b.WriteString("export " + name + "=" + quoted(env[name]) + "; ")
		} else {
			rest = append(rest, quoted(name+"="+env[name]))
		}
	}
	return b.String(), rest
}
