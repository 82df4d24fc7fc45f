//go:build unix

package local

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// streams are a command's stdin, stdout and stderr, seen from this side.
type streams struct {
	// child are the child's ends, in the order of its descriptors.
	child [3]int
	// passed are those of them that this process has to close once the child has them.
	passed  []int
	outputs []*output
	input   *input
}

// nullDevice stays open once it is, since most commands need it.
var nullDevice struct {
	mu   sync.Mutex
	open bool
	fd   int
}

// devNull opens the null device unless that was done. A failure is not remembered: it may
// be that there were too many open files.
func devNull() (int, error) {
	nullDevice.mu.Lock()
	defer nullDevice.mu.Unlock()
	if !nullDevice.open {
		fd, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			return 0, err
		}
		nullDevice.open, nullDevice.fd = true, fd
	}
	return nullDevice.fd, nil
}

// openStreams prepares the pipes that c needs. A stream that nobody wants to see is the
// null device. One writer for both streams gets one pipe, which keeps the order.
func openStreams(c host.Command) (*streams, error) {
	null, err := devNull()
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: os.DevNull, Err: err}
	}
	s := &streams{child: [3]int{null, null, null}}
	if err := s.open(c); err != nil {
		s.abandon()
		return nil, err
	}
	return s, nil
}

func (s *streams) open(c host.Command) (err error) {
	if c.Stdin != "" {
		if s.child[0], err = s.openInput(c.Stdin); err != nil {
			return err
		}
	}
	if c.Stdout != nil {
		if s.child[1], err = s.openOutput(c.Stdout); err != nil {
			return err
		}
	}
	switch {
	case c.Stderr == nil:
	case sameWriter(c.Stdout, c.Stderr):
		s.child[2] = s.child[1]
	default:
		s.child[2], err = s.openOutput(c.Stderr)
	}
	return err
}

// sameWriter is false for writers that cannot be compared.
func sameWriter(a, b io.Writer) bool {
	defer func() { _ = recover() }()
	return a == b
}

func (s *streams) openOutput(w io.Writer) (child int, err error) {
	r, child, err := pipe()
	if err != nil {
		return 0, os.NewSyscallError("pipe", err)
	}
	s.passed = append(s.passed, child)
	// Only this end: a program may not expect that its stdout would block.
	if err := unix.SetNonblock(r, true); err != nil {
		_ = unix.Close(r)
		return 0, os.NewSyscallError("fcntl", err)
	}
	s.outputs = append(s.outputs, &output{fd: r, file: os.NewFile(uintptr(r), "output"), to: w, done: make(chan bool, 1)})
	return child, nil
}

func (s *streams) openInput(text string) (child int, err error) {
	child, w, err := pipe()
	if err != nil {
		return 0, os.NewSyscallError("pipe", err)
	}
	s.passed = append(s.passed, child)
	if err := unix.SetNonblock(w, true); err != nil {
		_ = unix.Close(w)
		return 0, os.NewSyscallError("fcntl", err)
	}
	// Most inputs fit into the pipe, and then nobody has to stand by and feed it.
	if n, err := unix.Write(w, []byte(text[:min(len(text), 64<<10)])); err == nil {
		text = text[n:]
	}
	if text == "" {
		_ = unix.Close(w)
		return child, nil
	}
	s.input = &input{file: os.NewFile(uintptr(w), "input"), rest: text, done: make(chan struct{})}
	return child, nil
}

// begin is called once the child has its ends.
func (s *streams) begin() {
	s.closePassed()
	for _, o := range s.outputs {
		go o.pump()
	}
	if s.input != nil {
		go s.input.feed()
	}
}

// abandon is called instead of begin when there is no child.
func (s *streams) abandon() {
	s.closePassed()
	for _, o := range s.outputs {
		_ = o.file.Close()
	}
	if s.input != nil {
		_ = s.input.file.Close()
	}
}

func (s *streams) closePassed() {
	for _, fd := range s.passed {
		_ = unix.Close(fd)
	}
	s.passed = nil
}

// finish is called once the command has ended. It returns when all that the command wrote
// is delivered, and reports whether some other process still holds an output.
func (s *streams) finish() (held bool) {
	if s.input != nil {
		// Whoever inherited the other end reads end of file now.
		_ = s.input.file.Close()
		<-s.input.done
	}
	deadline := time.Now().Add(outputGrace)
	for _, o := range s.outputs {
		_ = o.file.SetReadDeadline(deadline)
	}
	for _, o := range s.outputs {
		held = <-o.done || held
	}
	return held
}

// input is what does not fit into a pipe at once.
type input struct {
	file *os.File
	rest string
	done chan struct{}
}

// feed ignores errors: a command is free not to read what it is offered.
func (i *input) feed() {
	defer close(i.done)
	_, _ = io.WriteString(i.file, i.rest)
	_ = i.file.Close()
}

// chunks are the buffers through which all output goes.
var chunks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// output is one pipe from which a command's output is read.
type output struct {
	fd   int
	file *os.File
	to   io.Writer
	// done receives, once, whether the output is still held by somebody when no more of
	// it will be delivered.
	done chan bool
}

// pump delivers what it reads until the end of file, or until the deadline that says that
// the command has ended; in that case it goes on reading for as long as the output is held.
func (o *output) pump() {
	chunk, _ := chunks.Get().(*[32 << 10]byte)
	held := o.deliver(chunk[:])
	chunks.Put(chunk)
	if !held {
		_ = o.file.Close()
		o.done <- false
		return
	}
	o.done <- true
	o.drain()
}

func (o *output) deliver(chunk []byte) (held bool) {
	for {
		n, err := o.file.Read(chunk)
		o.write(chunk[:n])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return o.deliverRest(chunk)
		case err != nil:
			return false
		}
	}
}

// maxPipe is the most that the kernel lets an ordinary process put into one pipe.
const maxPipe = 1 << 20

// deliverRest delivers what is in the pipe already. A read whose deadline is over does not
// look, and a slow writer may have used up the time, so there may be more than nothing.
func (o *output) deliverRest(chunk []byte) (held bool) {
	for rest := maxPipe; rest > 0; {
		n, err := unix.Read(o.fd, chunk)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil || n <= 0:
			return false
		}
		o.write(chunk[:n])
		rest -= n
	}
	return true
}

func (o *output) write(b []byte) {
	if len(b) == 0 || o.to == nil {
		return
	}
	if _, err := o.to.Write(b); err != nil {
		// A gap would be worse than an end.
		o.to = nil
	}
}

// drain reads and drops, so that the process at the other end neither blocks nor dies.
func (o *output) drain() {
	o.to = nil
	_ = o.file.SetReadDeadline(time.Time{})
	small := make([]byte, 4<<10)
	for {
		if _, err := o.file.Read(small); err != nil {
			_ = o.file.Close()
			return
		}
	}
}
