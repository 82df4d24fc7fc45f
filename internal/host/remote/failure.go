package remote

import (
	"path"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// startError words what the script says of a command that it could not start.
func (r *run) startError(failure string) error {
	word, text, _ := strings.Cut(failure, " ")
	e := r.startFailure(word, text)
	if e.Subject == "" {
		e.Subject = r.command.Argv[0]
	}
	return e
}

func (r *run) startFailure(word, text string) *host.StartError {
	switch word {
	case "dir":
		return dirFailure(r.command.Dir, text)
	case "user":
		return &host.StartError{Reason: host.UserUnknown, Subject: r.command.User}
	case "alone":
		return &host.StartError{
			Reason: host.UserUnknown, Subject: r.command.User,
			Detail: "no account has this number, so its group is not known: name a group too",
		}
	case "group":
		return &host.StartError{Reason: host.GroupUnknown, Subject: r.command.Group}
	case "switch":
		return &host.StartError{Reason: host.SwitchDenied, Subject: r.identity(), Detail: "only root may; connect as root, or leave user and group out"}
	case "unsupported":
		return &host.StartError{
			Reason: host.Unsupported, Subject: r.identity(),
			Detail: "the machine has neither setpriv of util-linux nor chroot of GNU coreutils",
		}
	case "exec":
		return r.execFailure()
	case "":
		return &host.StartError{Reason: host.StartOther, Detail: "the machine's shell ended before it began", Err: complaint(r.said())}
	}
	return r.programFailure(word, text)
}

// identity is the user or group at fault.
func (r *run) identity() string {
	if r.command.User != "" {
		return r.command.User
	}
	return r.command.Group
}

func dirFailure(dir, said string) *host.StartError {
	e := &host.StartError{Subject: dir, Err: complaint(said)}
	switch said {
	case "No such file or directory", "":
		e.Reason = host.DirMissing
	case "Not a directory":
		e.Reason = host.DirNotDirectory
	case "Permission denied", "Operation not permitted":
		e.Reason = host.DirDenied
	default:
		e.Reason, e.Detail = host.StartOther, "the working directory cannot be entered"
	}
	return e
}

func (r *run) programFailure(word, text string) *host.StartError {
	program := r.command.Argv[0]
	switch word {
	case "nopath":
		return &host.StartError{Reason: host.ProgramNotFound, Detail: host.SearchedPath(program, text)}
	case "relative":
		return &host.StartError{Reason: host.ProgramNotFound, Detail: host.FoundThroughRelative(text, text+"/"+program)}
	case "denied":
		return &host.StartError{Reason: host.ProgramNotExecutable, Subject: text}
	case "missing":
		return missing(program, text)
	case "link":
		return &host.StartError{Reason: host.ProgramNotFound, Detail: host.LinkTo(text)}
	case "notexec":
		return &host.StartError{Reason: host.ProgramNotExecutable, Subject: text}
	case "isdir":
		return &host.StartError{Reason: host.ProgramIsDirectory}
	case "interp":
		return &host.StartError{Reason: host.InterpreterMissing, Detail: host.MissingInterpreter(text)}
	case "notinterp":
		return &host.StartError{Reason: host.ProgramNotExecutable, Detail: host.InterpreterDenied(text)}
	case "format":
		return &host.StartError{Reason: host.FormatUnknown, Detail: formats[text]}
	}
	return &host.StartError{Reason: host.StartOther, Detail: strings.TrimSpace(word + " " + text)}
}

// missing is for a program that the machine does not see, and says why.
func missing(program, said string) *host.StartError {
	switch said {
	case "Permission denied":
		return &host.StartError{Reason: host.ProgramNotExecutable, Detail: "it may not be looked at", Err: complaint(said)}
	case "No such file or directory", "Not a directory", "":
		return &host.StartError{Reason: host.ProgramNotFound, Detail: host.ProgramHint(program)}
	}
	return &host.StartError{Reason: host.StartOther, Err: complaint(said)}
}

// formats says what kind of file it is that the system cannot execute.
var formats = map[string]string{
	"empty":   host.FormatEmpty,
	"unnamed": host.FormatUnnamed,
	"text":    host.FormatScript,
	"binary":  host.FormatForeign,
}

// execFailure is for what only the attempt to execute the program told. The shell says why
// in the system's words.
func (r *run) execFailure() *host.StartError {
	said := r.said()
	e := &host.StartError{Reason: host.StartOther, Err: complaint(said)}
	switch {
	case strings.Contains(said, "too long"):
		e.Reason = host.ArgumentsTooLong
	case strings.Contains(said, "ermission denied"):
		e.Reason, e.Detail = host.ProgramNotExecutable, host.DeniedElsewhere
	case strings.Contains(said, "xec format error"):
		e.Reason, e.Detail = host.FormatUnknown, host.FormatForeign
	case strings.Contains(said, "not found"), strings.Contains(said, "No such file"):
		// The file itself is there, so it is the loader that the file needs.
		e.Reason = host.InterpreterMissing
	}
	return e
}

// envFailed reports that env(1), through which some commands are executed, could not execute
// the program. It cannot say so in the way of the script: its exit status might be that of a
// command, so it is recognized by its only words.
func (r *run) envFailed() bool {
	if r.status != 126 && r.status != 127 {
		return false
	}
	who, said, _ := strings.Cut(r.said(), ": ")
	if who = path.Base(who); who != "env" && who != "nice" || strings.Contains(said, "\n") {
		return false
	}
	end := strings.LastIndex(said, ": ")
	if end < 0 {
		return false
	}
	program := strings.Trim(said[:end], "'‘’")
	return program == r.command.Argv[0] || strings.HasSuffix(program, "/"+r.command.Argv[0])
}

// said is the last thing that the machine said on stderr, without the word of the script.
func (r *run) said() string {
	return strings.TrimSpace(strings.ReplaceAll(r.complaint.Text(), r.story.word, ""))
}

// complaint is what the machine said, as an error; nil if it said nothing.
func complaint(said string) error {
	if said == "" {
		return nil
	}
	return machineError(said)
}

// machineError is an error in the words of the machine.
type machineError string

func (e machineError) Error() string { return string(e) }

// signals are the numbers of the signals that SSH names, by RFC 4254 and as OpenSSH adds;
// those of Linux where systems differ.
var signals = map[string]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10,
	"SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
}

func signalled(name string) error {
	if number, ok := signals[name]; ok {
		return &host.SignalError{Name: "SIG" + name, Number: number}
	}
	return &host.SignalError{Name: "a signal that has no name in SSH"}
}
