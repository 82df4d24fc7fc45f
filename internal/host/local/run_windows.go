package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// WatchdogMain must be the first call of main, and of TestMain. Here it does nothing: a
// job object ends the commands of a provider that dies.
func WatchdogMain() {}

// sameName reports whether two names of environment variables mean the same variable.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

// run starts c in a job, which takes in everything that it starts. There is no signal that
// asks a process to end, so a command that has to end is ended at once.
func run(ctx context.Context, c host.Command, private []string) (host.Result, error) {
	switch {
	case c.User != "":
		return host.Result{}, &host.StartError{Reason: host.Unsupported, Subject: c.User, Detail: "running as another user"}
	case c.Group != "":
		return host.Result{}, &host.StartError{Reason: host.Unsupported, Subject: c.Group, Detail: "running as another group"}
	case c.Umask != nil:
		return host.Result{}, &host.StartError{Reason: host.Unsupported, Subject: fmt.Sprintf("%04o", *c.Umask), Detail: "a umask"}
	}
	if err := checkDir(c.Dir); err != nil {
		return host.Result{}, err
	}
	env := environment(c, nil, private)
	program, err := find(c.Argv[0], c.Dir, env)
	if err != nil {
		return host.Result{}, err
	}
	job, err := newJob()
	if err != nil {
		return host.Result{}, &host.StartError{Reason: host.StartOther, Subject: program, Detail: "no job object", Err: err}
	}
	defer func() { _ = windows.CloseHandle(job) }()

	// Not CommandContext: the job is what has to be ended, and the verdict is made below.
	cmd := &exec.Cmd{Path: program, Args: c.Argv, Dir: c.Dir, Env: env, Stdout: c.Stdout, Stderr: c.Stderr, WaitDelay: outputGrace}
	if c.Stdin != "" {
		cmd.Stdin = strings.NewReader(c.Stdin)
	}
	r := host.Result{ExitCode: -1, Started: time.Now()}
	if err := cmd.Start(); err != nil {
		return host.Result{}, startError(program, err)
	}
	// What the command starts before this line escapes. To start it suspended would need
	// its first thread, which os/exec does not hand out.
	if process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(cmd.Process.Pid)); err == nil {
		_ = windows.AssignProcessToJobObject(job, process)
		_ = windows.CloseHandle(process)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		after := time.Since(r.Started)
		_ = windows.TerminateJobObject(job, 1)
		_ = cmd.Process.Kill()
		select {
		case <-ended:
		case <-time.After(killGrace):
		}
		r.Ended = time.Now()
		return r, &host.StopError{Cause: context.Cause(ctx), Killed: true, After: after}
	}
	r.Ended = time.Now()
	// What is left in the job was left in the background, and outlives the job.
	_ = limitJob(job, 0)
	r.OutputHeld = errors.Is(err, exec.ErrWaitDelay)
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok && cmd.ProcessState == nil {
		return r, err
	} else if ok {
		r.ExitCode = exit.ExitCode()
		return r, nil
	}
	r.ExitCode = cmd.ProcessState.ExitCode()
	return r, nil
}

func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	if err := limitJob(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
		_ = windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}

func limitJob(job windows.Handle, flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

func checkDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &host.StartError{Reason: host.DirMissing, Subject: dir, Err: err}
	case errors.Is(err, os.ErrPermission):
		return &host.StartError{Reason: host.DirDenied, Subject: dir, Err: err}
	case err != nil:
		return &host.StartError{Reason: host.StartOther, Subject: dir, Err: err}
	case !info.IsDir():
		return &host.StartError{Reason: host.DirNotDirectory, Subject: dir}
	}
	return nil
}

// find returns the absolute path of the file that a program's name means, looked up in the
// command's own environment. It is absolute because os/exec would take a relative one from
// the working directory once more.
func find(name, dir string, env []string) (string, error) {
	extensions := extensionsOf(name, env)
	match := func(base string) (string, error) {
		reason := host.ProgramNotFound
		for _, extension := range extensions {
			info, err := os.Stat(base + extension)
			switch {
			case err != nil:
			case info.IsDir():
				reason = host.ProgramIsDirectory
			default:
				return filepath.Abs(base + extension)
			}
		}
		return "", &host.StartError{Reason: reason, Subject: name}
	}
	if strings.ContainsAny(name, `:\/`) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return match(name)
	}
	path, _ := variable(env, "PATH")
	for _, entry := range filepath.SplitList(path) {
		// An empty or relative entry would be the current directory: see Run.
		if !filepath.IsAbs(entry) {
			continue
		}
		if file, err := match(filepath.Join(entry, name)); err == nil {
			return file, nil
		}
	}
	return "", &host.StartError{Reason: host.ProgramNotFound, Subject: name, Detail: "searched PATH " + path}
}

// extensionsOf returns what may have to be put behind the name of a program: what PATHEXT
// lists, unless the name ends in one of those already. What follows another dot may belong
// to the name, as in "python3.11", or be all of the extension.
func extensionsOf(name string, env []string) []string {
	list, _ := variable(env, "PATHEXT")
	if list == "" {
		list = ".com;.exe;.bat;.cmd"
	}
	known := slices.DeleteFunc(strings.Split(strings.ToLower(list), ";"), func(e string) bool { return e == "" })
	switch extension := strings.ToLower(filepath.Ext(name)); {
	case extension == "":
		return known
	case slices.Contains(known, extension):
		return []string{""}
	}
	return append([]string{""}, known...)
}

func startError(program string, err error) error {
	e := &host.StartError{Reason: host.StartOther, Subject: program, Err: err}
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.Reason = host.ProgramNotFound
	case errors.Is(err, os.ErrPermission):
		e.Reason = host.ProgramNotExecutable
	case errors.Is(err, windows.ERROR_BAD_EXE_FORMAT):
		e.Reason = host.FormatUnknown
	case errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE):
		e.Reason = host.ArgumentsTooLong
	}
	return e
}
