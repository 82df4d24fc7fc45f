//go:build unix

package local

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// watchdogMark is the one environment variable of a watchdog, and watchdogName its
	// name among the processes. Both have to be there, so that neither a variable that
	// leaked nor a renamed file makes a provider behave as one.
	watchdogMark = "TERRAFORM_PROVIDER_EXEC_WATCHDOG"
	watchdogName = "terraform-provider-exec-watchdog"
	// watchdogPipe is the descriptor that it reads.
	watchdogPipe = 3
	// firstMark is the smallest mark, so that none looks like a process number.
	firstMark = 1 << 40
	// directory is the number of a message about a directory whose name is empty; that of one
	// about a longer name is so much smaller.
	directory = -firstMark
	// maxMessage is how long a message may be so that it is written as one (POSIX promises
	// no more than 512 bytes, and every system here 4096 or the like of it).
	maxMessage = 512
	// maxWatchdogs bounds how often one that dies is replaced.
	maxWatchdogs = 10
)

// armed is set once WatchdogMain was called: only then does this program know what to do
// when it is started as a watchdog. A program that does not call it, such as the test of
// some other package, would start over from its main.
var armed atomic.Bool

// WatchdogMain must be the first call of main, and of TestMain. It returns at once unless
// this process was started as the watchdog of another one; then it never returns.
//
// The parent-death signal reaches a command's own process and not what that started. So
// one more process, a copy of this program in a session of its own, is told the session of
// each command when it starts and when it ends, and before a start what mark it will bear.
// When its pipe from the provider closes, which the kernel does however the provider died,
// it kills what is left, and then removes the private directories that were not yet.
//
// Commands run without it where it cannot be started.
func WatchdogMain() {
	if os.Getenv(watchdogMark) == "" || len(os.Args) == 0 || os.Args[0] != watchdogName {
		_ = os.Unsetenv(watchdogMark)
		armed.Store(true)
		return
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	closeInherited()
	nameProcess("exec-watchdog")
	// It does next to nothing, so it should also be next to nothing.
	runtime.GOMAXPROCS(1)
	debug.FreeOSMemory()
	left := readPipe(watchdogPipe)
	if left.expected != 0 {
		killMarked(left.expected)
	}
	killSessions(survivors(left.live))
	for dir := range left.dirs {
		_ = os.RemoveAll(dir)
	}
	os.Exit(0)
}

// watched is what a watchdog knows of its provider.
type watched struct {
	// live are the sessions of commands, each with the start time of its leader.
	live map[int]uint64
	// expected is the mark of a command that is about to start, or zero.
	expected int64
	// dirs are the private directories.
	dirs map[string]struct{}
}

// readPipe returns what is left when the pipe closes.
//
// Each message begins with one number: a session that began, or ended if it is negative, or
// a mark; a mark holds until a session begins, or until a zero says that none will. One
// that is smaller than all of these says how long the text is that follows it: a "+" or a
// "-", and a directory that is there from now on, or is gone.
func readPipe(fd int) watched {
	w := watched{live: map[int]uint64{}, dirs: map[string]struct{}{}}
	buf := make([]byte, 16<<10)
	begun := 0
	for {
		n, err := unix.Read(fd, buf[begun:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return w
		}
		rest := w.take(buf[:begun+n])
		begun = copy(buf, rest)
		// Nothing is urgent before the end, and commands that are over by then cost nothing.
		time.Sleep(5 * time.Millisecond)
	}
}

// take reads the messages and returns the beginning of one that is not all there yet.
func (w *watched) take(messages []byte) (rest []byte) {
	var added []int
	for ; len(messages) >= 8; messages = messages[8:] {
		switch number := int64(binary.LittleEndian.Uint64(messages)); {
		case number <= directory:
			length := int(directory - number)
			if len(messages) < 8+length {
				return messages
			}
			w.note(string(messages[8 : 8+length]))
			messages = messages[length:]
		case number >= firstMark || number == 0:
			w.expected = number
		case number > 0:
			w.expected = 0
			w.live[int(number)] = 0
			added = append(added, int(number))
		default:
			delete(w.live, int(-number))
		}
	}
	for _, session := range added {
		if _, ok := w.live[session]; ok {
			w.live[session] = startTicks(session)
		}
	}
	return messages
}

// note takes the text about a directory.
func (w *watched) note(text string) {
	if dir, ok := strings.CutPrefix(text, "+"); ok {
		w.dirs[dir] = struct{}{}
		return
	}
	delete(w.dirs, strings.TrimPrefix(text, "-"))
}

// survivors leaves out a session whose number belongs to somebody else by now. While a
// session has members its number is not given away, so if there is a process of that
// number, and it is not the one that was there before, none of ours is left.
func survivors(live map[int]uint64) []int {
	var sessions []int
	for session, start := range live {
		if now := startTicks(session); now == 0 || now == start {
			sessions = append(sessions, session)
		}
	}
	return sessions
}

// watch is this process's watchdog.
var watch = watchdog{starting: make(chan struct{}, 1), live: map[int]struct{}{}, dirs: map[string]struct{}{}}

// watchdog is the provider's side of it.
type watchdog struct {
	// starting is full while a command starts: one at a time, so that one mark is enough, and
	// one umask. It is no mutex, because a start may block and others must not wait for ever.
	starting chan struct{}

	mu       sync.Mutex
	live     map[int]struct{}
	dirs     map[string]struct{}
	expected int64
	process  *os.Process
	pipe     int
	started  int
}

// start forks a command that is watched from its first instruction on. It starts the
// watchdog unless there is one, and does not wait for it: what is written to the pipe is
// read later, even if this process is gone by then. Once ctx is done it does not fork.
func (w *watchdog) start(ctx context.Context, fork func() (pid int, err error)) (pid int, err error) {
	select {
	case w.starting <- struct{}{}:
		defer func() { <-w.starting }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if !armed.Load() {
		return fork()
	}
	w.expect(mark())
	pid, err = fork()
	if err != nil {
		w.expect(0)
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = 0
	w.live[pid] = struct{}{}
	w.tell(int64(pid))
	return pid, nil
}

func (w *watchdog) expect(mark int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.process == nil {
		w.launch()
	}
	w.expected = mark
	w.tell(mark)
}

// remove is called when a command has ended, and before its number can be given away.
func (w *watchdog) remove(session int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.live, session)
	w.tell(int64(-session))
}

// keep has a directory removed if this process dies before it calls release.
func (w *watchdog) keep(dir string) (release func()) {
	if !armed.Load() || len(dir)+9 > maxMessage {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.process == nil {
		w.launch()
	}
	w.dirs[dir] = struct{}{}
	w.tellDir("+", dir)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.dirs, dir)
		w.tellDir("-", dir)
	}
}

func (w *watchdog) tell(number int64) {
	w.send(binary.LittleEndian.AppendUint64(nil, uint64(number)))
}

func (w *watchdog) tellDir(sign, dir string) {
	text := sign + dir
	w.send(append(binary.LittleEndian.AppendUint64(nil, uint64(directory-int64(len(text)))), text...))
}

// send writes one message, all of it or nothing.
func (w *watchdog) send(message []byte) {
	if w.process == nil {
		return
	}
	for {
		_, err := unix.Write(w.pipe, message)
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.EINTR) {
			// It is dead, or it hangs so that the pipe is full. What follows its death
			// replaces it by one that knows all that lives.
			_ = w.process.Kill()
			return
		}
	}
}

// launch starts a watchdog and tells it what lives. Failure is no error: without one, the
// parent-death signal still ends the commands themselves.
func (w *watchdog) launch() {
	if w.started >= maxWatchdogs {
		return
	}
	program, err := ownExecutable()
	if err != nil {
		return
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer func() { _ = null.Close() }()
	r, pipeEnd, err := pipe()
	if err != nil {
		return
	}
	reader := os.NewFile(uintptr(r), "watchdog")
	defer func() { _ = reader.Close() }()
	if err := unix.SetNonblock(pipeEnd, true); err != nil {
		_ = unix.Close(pipeEnd)
		return
	}
	process, err := os.StartProcess(program, []string{watchdogName}, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{watchdogMark + "=" + strconv.Itoa(os.Getpid())},
		Files: []*os.File{null, null, null, reader},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		_ = unix.Close(pipeEnd)
		return
	}
	w.process, w.pipe = process, pipeEnd
	// Only now: what fails because the system is short of something is worth another try,
	// and the next command makes it.
	w.started++
	for session := range w.live {
		w.tell(int64(session))
	}
	for dir := range w.dirs {
		w.tellDir("+", dir)
	}
	w.tell(w.expected)
	go w.replace(process)
}

// replace waits for the death of a watchdog, and starts another one if it would be missed.
func (w *watchdog) replace(process *os.Process) {
	_, _ = process.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = unix.Close(w.pipe)
	w.process = nil
	if len(w.live) > 0 || len(w.dirs) > 0 || w.expected != 0 {
		w.launch()
	}
}
