package remote

import (
	"strings"
	"time"
)

// UseShell has another shell read the scripts, on machines that are not connected yet.
func (m *Machines) UseShell(shell string) { m.lines = newCommandLines(shell) }

// Surroundings are how a command gets its variables: from the shell, or else as words that
// whoever lists processes can see.
var Surroundings = surroundings

// UseRefusal has machines refuse credentials for no longer than that.
func (m *Machines) UseRefusal(patience time.Duration) { m.refusal = patience }

// UseLooker has another script look at paths.
func (m *Machines) UseLooker(script string) { m.lines.look = commandLine(shell, script) }

// Chosen are the command lines that a machine is given.
func (m *Machines) Chosen() []string { return []string{m.lines.run, m.lines.keep, m.lines.look} }

// UseFormats has the formats of programs registered in another directory than Linux's.
func (m *Machines) UseFormats(dir string) {
	m.lines.run = commandLine(shell, strings.ReplaceAll(runText, "/proc/sys/fs/binfmt_misc", dir))
}

// UseKeeper has another script watch over commands.
func (m *Machines) UseKeeper(script string) { m.lines.keep = commandLine(shell, script) }
