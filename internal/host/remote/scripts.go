package remote

import (
	_ "embed"
	"regexp"
	"strings"
)

// What runs on the other machine is read by its /bin/sh. The scripts are constant: whatever
// belongs to one command goes over the standard input of its session, where nobody who lists
// processes sees it.
var (
	//go:embed run.sh
	runText string
	//go:embed keep.sh
	keepText string
	//go:embed look.sh
	lookText string
)

// shell is what reads the scripts.
const shell = "/bin/sh"

// greeting is what each script says first, with its process number, so that whatever the
// login shell had to say is told from it.
const greeting = "terraform-provider-exec "

// commandLines are the command lines of the three kinds of sessions.
type commandLines struct{ run, keep, look string }

func newCommandLines(shell string) commandLines {
	return commandLines{run: commandLine(shell, runText), keep: commandLine(shell, keepText), look: commandLine(shell, lookText)}
}

// commandLine returns a line that a login shell of any family understands alike: words in
// single quotes that hold no line break, no quote, no "!" and no two backslashes. The script
// is the first argument of the shell that reads it.
func commandLine(shell, script string) string {
	return "exec " + shell + ` -c 'eval "$1"' ` + shell + " '" + oneLine(script) + "'"
}

var (
	// goesOn is the end of a line after which a separator would be one too many.
	goesOn = regexp.MustCompile(`(^|\s)(then|do|else|in|\{|&&|\|\|)$|;;$`)
	// pattern is a line that holds a pattern of a case and no more.
	pattern = regexp.MustCompile(`^[^=(]*\)$`)
)

// oneLine returns a script without its comments and line breaks.
func oneLine(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		b.WriteString(line)
		if !goesOn.MatchString(line) && !pattern.MatchString(line) {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// quoted returns s as one word for a POSIX shell, without a line break. The shell must hold
// one in the variable _exec_nl.
func quoted(s string) string {
	s = strings.ReplaceAll(s, "'", `'\''`)
	return "'" + strings.ReplaceAll(s, "\n", `'"$_exec_nl"'`) + "'"
}
