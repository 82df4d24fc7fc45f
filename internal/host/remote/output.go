package remote

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// How the end of the output is found when somebody else still holds it.
const (
	// outputGrace is how long the output of a command that has ended is waited for, as in
	// package local.
	outputGrace = 250 * time.Millisecond
	// pipeRounds is after how many exchanges with the machine everything has arrived that was
	// in a pipe of 64 KiB when the command ended: it reads some KiB before each answer.
	pipeRounds = 16
	// pipeBytes is more than can be under way, in pipes and windows.
	pipeBytes = 16 << 20
)

// stream is one of the two outputs of a session. It is read to its end, whoever writes to
// it by then, so that nobody is held up; what comes after the output was cut off is dropped.
type stream struct {
	from io.Reader
	// turn is held while to is written to, for both streams may have the same writer.
	turn *sync.Mutex
	to   io.Writer
	cut  bool

	// preface takes what comes before the output, and returns what of it is output after all;
	// ok means that the rest is output.
	preface func(b []byte) (rest []byte, ok bool)

	ended chan struct{}
	total atomic.Int64
	// idle is set while there is nothing to read.
	idle atomic.Bool
}

func newStream(from io.Reader, to io.Writer, turn *sync.Mutex, preface func([]byte) ([]byte, bool)) *stream {
	return &stream{from: from, to: to, turn: turn, preface: preface, ended: make(chan struct{})}
}

// pump reads the stream to its end.
func (s *stream) pump() {
	defer close(s.ended)
	buf := make([]byte, 32<<10)
	for {
		s.idle.Store(true)
		n, err := s.from.Read(buf)
		s.idle.Store(false)
		s.total.Add(int64(n))
		s.take(buf[:n])
		if err != nil {
			return
		}
	}
}

func (s *stream) take(b []byte) {
	if s.preface != nil {
		rest, ok := s.preface(b)
		if ok {
			s.preface = nil
		}
		b = rest
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	if len(b) == 0 || s.to == nil || s.cut {
		return
	}
	if _, err := s.to.Write(b); err != nil {
		// The command is not to notice.
		s.to = nil
	}
}

// cutOff lets nothing more be written.
func (s *stream) cutOff() {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.cut = true
}

func (s *stream) atEnd() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// quiet reports that everything that has arrived was taken.
func (s *stream) quiet() bool { return s.atEnd() || s.idle.Load() }

// finish waits for the end of the output of a command that has ended, and reports whether
// somebody else still holds it: then what was written before the end has been taken, and
// more is dropped. Ping returns once everything has arrived that was sent before.
func finish(ping func() error, streams ...*stream) (held bool) {
	begin, before := time.Now(), total(streams)
	for rounds := 0; ; {
		if endWithin(lookPause/10, streams) {
			return false
		}
		seen := total(streams)
		quiet := all(streams, (*stream).quiet)
		if quiet {
			rounds++
		}
		if ping() != nil {
			// The connection is lost, and so the ends are near.
			for _, s := range streams {
				<-s.ended
			}
			return false
		}
		waited := time.Since(begin) >= outputGrace
		settled := quiet && all(streams, (*stream).quiet) && total(streams) == seen
		if waited && (settled || rounds >= pipeRounds && quiet || total(streams)-before > pipeBytes) {
			break
		}
	}
	if all(streams, (*stream).atEnd) {
		return false
	}
	for _, s := range streams {
		s.cutOff()
	}
	return true
}

// endWithin reports that the streams are at their ends, for which it waits a moment.
func endWithin(moment time.Duration, streams []*stream) bool {
	over := time.After(moment)
	for _, s := range streams {
		select {
		case <-s.ended:
		case <-over:
			return false
		}
	}
	return true
}

func all(streams []*stream, is func(*stream) bool) bool {
	for _, s := range streams {
		if !is(s) {
			return false
		}
	}
	return true
}

func total(streams []*stream) (n int64) {
	for _, s := range streams {
		n += s.total.Load()
	}
	return n
}

// story is what the script says on standard output before it becomes the command: that it
// has, or why it cannot. Nobody but the script knows the word, so what begins with it is true
// whether or not the stream has ended.
type story struct {
	word string
	// began is closed once the command has begun.
	began   chan struct{}
	started time.Time

	text []byte

	mu sync.Mutex
	// failed is why the command was not started, as the script says it.
	failed string
}

// failure returns why the command was not started, as far as that has arrived, and whether
// the script said that it was not.
func (s *story) failure() (text string, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed, s.failed != ""
}

func newStory(word string) *story { return &story{word: word, began: make(chan struct{})} }

// hear is the preface of standard output. The word begins each thing that the script says.
// Even after it has said that the command begins, it may have to take that back.
func (s *story) hear(b []byte) (rest []byte, ok bool) {
	s.text = append(s.text, b...)
	if s.started.IsZero() {
		begins := []byte(s.word + " started\n")
		if at := bytes.Index(s.text, begins); at >= 0 {
			s.text = s.text[at+len(begins):]
			s.started = time.Now()
			close(s.began)
		}
	}
	fails := []byte(s.word + " failed ")
	at := bytes.Index(s.text, fails)
	switch {
	case at >= 0:
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.failed == "" {
			s.failed = s.word
		}
		if end := bytes.Index(s.text, []byte("\n"+s.word+" end\n")); end >= 0 {
			s.failed = string(s.text[at+len(fails) : end])
		}
		return nil, false
	case s.started.IsZero() || len(s.text) < len(fails) && bytes.HasPrefix(fails, s.text):
		return nil, false
	}
	return s.text, true
}

// passOver returns a preface that passes over everything up to the line.
func passOver(line string) func([]byte) ([]byte, bool) {
	var text []byte
	return func(b []byte) ([]byte, bool) {
		text = append(text, b...)
		if _, rest, ok := bytes.Cut(text, []byte(line)); ok {
			return rest, true
		}
		// What may be the beginning of the line is kept, and no more.
		text = text[max(0, len(text)-len(line)):]
		return nil, false
	}
}
