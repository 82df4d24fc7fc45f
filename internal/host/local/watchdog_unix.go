//go:build unix

package local

import (
	"encoding/binary"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
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
// it kills what is left.
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
	live, expected := readPipe(watchdogPipe)
	if expected != 0 {
		killMarked(expected)
	}
	killSessions(survivors(live))
	os.Exit(0)
}

// readPipe returns the sessions that are left when the pipe closes, each with the start
// time of its leader, and the mark of a command that was about to start.
//
// Each message is one number: a session that began, or ended if it is negative, or a mark;
// a mark holds until a session begins, or until a zero says that none will.
func readPipe(fd int) (live map[int]uint64, expected int64) {
	live = map[int]uint64{}
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.Read(fd, buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return live, expected
		}
		var added []int
		for message := buf[:n]; len(message) >= 8; message = message[8:] {
			switch number := int64(binary.LittleEndian.Uint64(message)); {
			case number >= firstMark || number == 0:
				expected = number
			case number > 0:
				expected = 0
				live[int(number)] = 0
				added = append(added, int(number))
			default:
				delete(live, int(-number))
			}
		}
		for _, session := range added {
			if _, ok := live[session]; ok {
				live[session] = startTicks(session)
			}
		}
		// Nothing is urgent before the end, and commands that are over by then cost nothing.
		time.Sleep(5 * time.Millisecond)
	}
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
var watch = watchdog{live: map[int]struct{}{}}

// watchdog is the provider's side of it.
type watchdog struct {
	// starting lets one command start at a time, so that one mark is enough.
	starting sync.Mutex

	mu       sync.Mutex
	live     map[int]struct{}
	expected int64
	process  *os.Process
	pipe     int
	started  int
}

// start forks a command that is watched from its first instruction on. It starts the
// watchdog unless there is one, and does not wait for it: what is written to the pipe is
// read later, even if this process is gone by then.
func (w *watchdog) start(fork func() (pid int, err error)) (pid int, err error) {
	if !armed.Load() {
		return fork()
	}
	w.starting.Lock()
	defer w.starting.Unlock()
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

func (w *watchdog) tell(number int64) {
	if w.process == nil {
		return
	}
	var message [8]byte
	binary.LittleEndian.PutUint64(message[:], uint64(number))
	for {
		_, err := unix.Write(w.pipe, message[:])
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
	w.started++
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
	for session := range w.live {
		w.tell(int64(session))
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
	if len(w.live) > 0 || w.expected != 0 {
		w.launch()
	}
}
