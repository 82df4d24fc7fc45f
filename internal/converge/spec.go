// Package converge is exec in plain Go: it decides whether a command is needed, runs it,
// verifies what came of it, and undoes it. It knows nothing of Terraform; it returns facts
// and typed errors, and leaves every word to whoever shows them.
package converge

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// Line is a command as it is written: one string, or an argv. The zero Line is none.
type Line struct {
	Text string
	Argv []string
}

// IsZero reports that there is no command.
func (l Line) IsZero() bool { return l.Text == "" && len(l.Argv) == 0 }

// Process is what surrounds every process of a resource: its command, its guards and its
// destroy command alike.
type Process struct {
	// Shell and Interpreter say what interprets a Line that is a string: /bin/sh -c, an
	// interpreter that gets the string as its last argument, or nothing.
	Shell       bool
	Interpreter []string
	// Dir is the working directory; empty means where this program runs.
	Dir string
	// Path replaces PATH; empty means as inherited.
	Path []string
	// Environment and SensitiveEnvironment are added to what is inherited.
	Environment          map[string]string
	SensitiveEnvironment map[string]string
	// CleanEnvironment leaves out everything inherited but PATH.
	CleanEnvironment bool
	User, Group      string
	// Umask is nil for unchanged.
	Umask *uint32
}

// Guards is what is asked before a command runs.
type Guards struct {
	Creates, Removes []string
	Unless, OnlyIf   []Line
}

// Empty reports that there is nothing to ask.
func (g Guards) Empty() bool {
	return len(g.Creates) == 0 && len(g.Removes) == 0 && !g.commands()
}

func (g Guards) commands() bool { return len(g.Unless) > 0 || len(g.OnlyIf) > 0 }

// Spec is everything that is configured of one resource, with defaults filled in.
type Spec struct {
	// Target is the machine; two specs with different targets are never the same.
	Target  string
	Command Line
	// Refresh replaces Command when a subscription is the reason; zero means Command.
	Refresh Line
	Process Process
	// Executable is what the command runs under; nil unless it runs under a named one. Its
	// command and arguments come before Args, and Command is zero.
	Executable *Executable
	Args       []string
	// Service is what is run instead of Command and Executable; nil if it is none.
	Service Service
	// Stdin is what the command reads; guards and the destroy command read nothing.
	Stdin string
	// WriteOnly is what the run gets beside that, and WriteOnlyVersion stands for it in the
	// definition.
	WriteOnly        WriteOnly
	WriteOnlyVersion string

	Guards      Guards
	RefreshOnly bool
	Always      bool
	Verify      bool

	// Timeout is per try; zero means none, [EngineTimeout] that of the Engine.
	Timeout  time.Duration
	Tries    int
	TrySleep time.Duration
	// Returns are the exit codes that count as success. UnchangedReturns count as
	// success that changed nothing.
	Returns, UnchangedReturns []int
	// ReadOnly says that the command changes nothing, and waits for no place among the runs
	// that change something: a plan may be waiting for it.
	ReadOnly bool
	// Lock names a lock that no two runs on this machine hold at once; empty means none.
	Lock string
	// LogFile is a file that output is appended to; empty means none.
	LogFile string
	// OutputLimit is how many bytes of each stream are kept; [KeepNothing] keeps none.
	OutputLimit int
	// Progress is called with each line of output, of both streams as they come, while the
	// command runs; nil is nobody. It is called by one goroutine at a time, and may hold up
	// the command.
	Progress func(line string)
	// ProgressMask hides secrets in these lines, also one that goes on over several of them;
	// nil hides nothing.
	ProgressMask *host.Masker

	Destroy *Destroy

	// defaults are those of the Engine that runs this.
	defaults Defaults
}

// KeepNothing is the OutputLimit of a spec whose output nobody asks for: none is kept, and
// none counts as cut.
const KeepNothing = -1

// Executable is a named executable.
type Executable struct {
	// Name is how messages call it.
	Name string
	// Command is an absolute path, or a name that is looked up on the child's PATH.
	Command string
	Args    []string
	// Environment is added to what is inherited; that of the Process wins over it.
	Environment map[string]string
	// SHA256 is what its content must have as a digest, in hexadecimal; empty means any.
	SHA256 string
}

// Destroy is what undoes the command.
type Destroy struct {
	Command        Line
	Unless, OnlyIf []Line
	// Timeout is as in a Spec.
	Timeout time.Duration
	Returns []int
}

// Last is what is remembered of the latest run.
type Last struct {
	// Ran is false if the command never ran.
	Ran bool
	// ExitCode is nil if there was none: a signal, a timeout, an interrupt.
	ExitCode *int
	Stdout   string
	RunID    string
}

// Failed reports that the latest run was no success by the rules of s.
func (l Last) Failed(s Spec) bool {
	return l.Ran && (l.ExitCode == nil || !s.accepts(*l.ExitCode))
}

func (s Spec) accepts(code int) bool {
	return slices.Contains(s.Returns, code) || slices.Contains(s.UnchangedReturns, code)
}

// SameDefinition reports that s and o execute the same thing in the same surroundings.
// Limits, labels, guards and output options are no part of that.
func (s Spec) SameDefinition(o Spec) bool {
	return s.Target == o.Target && s.Stdin == o.Stdin && s.WriteOnlyVersion == o.WriteOnlyVersion &&
		sameLine(s.Command, o.Command) && s.Process.same(o.Process) &&
		s.Executable.same(o.Executable) && slices.Equal(s.Args, o.Args) && sameService(s.Service, o.Service)
}

// place is where the service runs; empty without one.
func (s Spec) place() string {
	if s.Service == nil {
		return ""
	}
	return s.Service.Place()
}

func sameService(a, b Service) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Fingerprint() == b.Fingerprint()
}

func (x *Executable) same(o *Executable) bool {
	if x == nil || o == nil {
		return x == o
	}
	return x.Command == o.Command && x.SHA256 == o.SHA256 &&
		slices.Equal(x.Args, o.Args) && maps.Equal(x.Environment, o.Environment)
}

// SameGuards reports that the guards of s and o ask the same questions in the same place,
// so that an answer to one is an answer to the other.
func (s Spec) SameGuards(o Spec) bool {
	if s.Target != o.Target || s.RefreshOnly != o.RefreshOnly || s.Process.Dir != o.Process.Dir ||
		!slices.Equal(s.Guards.Creates, o.Guards.Creates) || !slices.Equal(s.Guards.Removes, o.Guards.Removes) ||
		!slices.EqualFunc(s.Guards.Unless, o.Guards.Unless, sameLine) ||
		!slices.EqualFunc(s.Guards.OnlyIf, o.Guards.OnlyIf, sameLine) {
		return false
	}
	if s.Process.Dir == "" && s.Guards.NeedDir() && s.place() != o.place() {
		return false
	}
	return !s.Guards.commands() || s.surroundings().same(o.surroundings())
}

func (x *Executable) environment() map[string]string {
	if x == nil {
		return nil
	}
	return x.Environment
}

// surroundings returns the process with what the executable adds to its environment. It
// reaches guards and the destroy command as well, since they live in the same place.
func (s Spec) surroundings() Process {
	p := s.Process.under(s.Executable.environment())
	if s.Service != nil {
		p = p.under(s.Service.Environment())
	}
	return p.completed(s.defaults)
}

// under returns p with variables that those of p win over.
func (p Process) under(env map[string]string) Process {
	if len(env) > 0 {
		merged := maps.Clone(env)
		maps.Copy(merged, p.Environment)
		p.Environment = merged
	}
	return p
}

// line returns the command as it is run, under its executable if it has one.
func (s Spec) line() Line {
	if s.Executable == nil {
		return s.Command
	}
	return Line{Argv: slices.Concat([]string{s.Executable.Command}, s.Executable.Args, s.Args)}
}

func sameLine(a, b Line) bool { return a.Text == b.Text && slices.Equal(a.Argv, b.Argv) }

func (p Process) same(o Process) bool {
	return p.Shell == o.Shell && p.Dir == o.Dir && p.CleanEnvironment == o.CleanEnvironment &&
		p.User == o.User && p.Group == o.Group &&
		slices.Equal(p.Interpreter, o.Interpreter) && slices.Equal(p.Path, o.Path) &&
		maps.Equal(p.Environment, o.Environment) && maps.Equal(p.SensitiveEnvironment, o.SensitiveEnvironment) &&
		reflect.DeepEqual(p.Umask, o.Umask)
}

// Secrets returns the values that no message may show.
func (s Spec) Secrets() []string {
	secrets := slices.AppendSeq(s.WriteOnly.secrets(), maps.Values(s.Process.SensitiveEnvironment))
	if s.Service != nil {
		secrets = append(secrets, s.Service.Secrets()...)
	}
	return secrets
}

// command returns what to start for a line.
func (p Process) command(l Line) (host.Command, error) {
	argv, err := p.argv(l)
	if err != nil {
		return host.Command{}, err
	}
	c := p.base()
	c.Argv = argv
	return c, nil
}

// base returns a command that only lacks its words.
func (p Process) base() host.Command {
	env := make(map[string]string, len(p.Environment)+len(p.SensitiveEnvironment))
	maps.Copy(env, p.Environment)
	maps.Copy(env, p.SensitiveEnvironment)
	return host.Command{
		Dir: p.Dir, Path: p.Path, Env: env, CleanEnv: p.CleanEnvironment,
		User: p.User, Group: p.Group, Umask: p.Umask,
	}
}

func (p Process) argv(l Line) ([]string, error) {
	switch {
	case len(l.Argv) > 0:
		return l.Argv, nil
	case len(p.Interpreter) > 0:
		return append(slices.Clone(p.Interpreter), l.Text), nil
	case p.Shell:
		return []string{"/bin/sh", "-c", l.Text}, nil
	}
	return words.Split(l.Text)
}

// ErrNUL means that a word of a command contains a NUL byte, which ends it for the system.
var ErrNUL = errors.New("a NUL byte")

// Check reports why nothing could be started for the line: an error of package words, or
// [ErrNUL].
func (p Process) Check(l Line) error {
	argv, err := p.argv(l)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(argv, func(w string) bool { return strings.ContainsRune(w, 0) }) {
		return ErrNUL
	}
	return nil
}

// interpreted reports that a shell or another interpreter reads the line.
func (p Process) interpreted(l Line) bool {
	return len(l.Argv) == 0 && (p.Shell || len(p.Interpreter) > 0)
}

// guardSet returns the guards as the guard package asks them.
func (p Process) guardSet(g Guards, timeout time.Duration) (guard.Set, error) {
	set := guard.Set{Creates: g.Creates, Removes: g.Removes, Dir: p.Dir, Timeout: timeout}
	for _, list := range []struct {
		lines []Line
		kind  guard.Kind
		to    *[]guard.Check
	}{{g.Unless, guard.Unless, &set.Unless}, {g.OnlyIf, guard.OnlyIf, &set.OnlyIf}} {
		for i, l := range list.lines {
			c, err := p.command(l)
			if err != nil {
				return guard.Set{}, &LineError{Kind: list.kind, Index: i, Err: err}
			}
			*list.to = append(*list.to, guard.Check{Command: c, UnderShell: p.interpreted(l)})
		}
	}
	return set, nil
}
