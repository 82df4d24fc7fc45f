package local

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// procStat is what /proc says about a process, as far as it matters here.
type procStat struct {
	state   byte
	group   int
	session int
	threads int
	// start is when the process began, in ticks since boot; with its number it names
	// one process for good.
	start uint64
}

// gone reports that the process has ended and only waits to be noticed. One whose first
// thread alone has ended shows the same state, and lives.
func (s procStat) gone() bool {
	return s.state == 'X' || s.state == 'x' || s.state == 'Z' && s.threads <= 1
}

// child is a process that this one has started and not yet reaped.
type child struct{ pid int }

// liveGroups returns the process groups in the sessions that still hold a live process.
// It looks for sessions and not for groups because `timeout`, or a shell with job control,
// makes groups of its own inside the session.
func liveGroups(sessions ...int) []int {
	pids, err := processes()
	if err != nil {
		return unlisted(sessions)
	}
	var groups []int
	unseen := false
	buf := make([]byte, 1024)
	for _, pid := range pids {
		s, err := readStat(pid, buf)
		if err != nil {
			unseen = unseen || !dismissed(err)
			continue
		}
		if s.gone() || !slices.Contains(sessions, s.session) || slices.Contains(groups, s.group) {
			continue
		}
		groups = append(groups, s.group)
	}
	if unseen {
		groups = append(groups, slices.DeleteFunc(unlisted(sessions), func(g int) bool { return slices.Contains(groups, g) })...)
	}
	return groups
}

// dismissed reports that a process whose stat could not be read needs no further thought:
// it is gone, or /proc hides it because it is another user's. Any other error, such as a
// lack of descriptors or memory, says nothing about the process.
func dismissed(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH) || errors.Is(err, fs.ErrPermission)
}

// unlisted returns those of the sessions' own process groups that still exist: all that
// can be found out where /proc gives no answer.
func unlisted(sessions []int) []int {
	for _, session := range sessions {
		// A leader that has ended makes its group look alive until it is reaped. Nobody
		// asks for the status of a command that is stopped, and as long as the group has
		// other members its number is not given away.
		_, _ = syscall.Wait4(session, nil, syscall.WNOHANG, nil)
	}
	return existingGroups(sessions)
}

var errForeignProc = errors.New("/proc does not belong to this process's namespace")

func processes() ([]int, error) {
	// With /proc of another PID namespace the numbers would mean strangers here.
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return nil, errForeignProc
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

var errStat = errors.New("unexpected format of /proc/<pid>/stat")

func readStat(pid int, buf []byte) (procStat, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return procStat{}, err
	}
	n, err := unix.Read(fd, buf)
	_ = unix.Close(fd)
	if err != nil {
		return procStat{}, err
	}
	return parseStat(buf[:n])
}

// parseStat reads a line of proc_pid_stat(5). The name in its parentheses is anything the
// process likes, more parentheses included, so the fields are counted from the last one.
func parseStat(line []byte) (procStat, error) {
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return procStat{}, errStat
	}
	s := procStat{state: fields[0][0]}
	var err [4]error
	s.group, err[0] = strconv.Atoi(string(fields[2]))
	s.session, err[1] = strconv.Atoi(string(fields[3]))
	s.threads, err[2] = strconv.Atoi(string(fields[17]))
	s.start, err[3] = strconv.ParseUint(string(fields[19]), 10, 64)
	return s, errors.Join(err[:]...)
}

// startTicks tells processes apart that got the same number one after the other; zero is
// for a process that is not there.
func startTicks(pid int) uint64 {
	s, err := readStat(pid, make([]byte, 1024))
	if err != nil {
		return 0
	}
	return s.start
}

// await returns when the child has ended, and leaves it unreaped: until somebody reaps it,
// its number, and so its session's number, cannot be given to a stranger.
func (c *child) await() {
	for {
		err := unix.Waitid(unix.P_PID, c.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// reap returns the exit status.
func (c *child) reap() (syscall.WaitStatus, error) { return wait(c.pid) }
