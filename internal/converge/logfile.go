package converge

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// logFile appends output to a file while a command runs. A nil one is none. A full disk
// fails no command: the first error ends the writing and is remembered.
type logFile struct {
	file *os.File

	mu  sync.Mutex
	err error
}

// errPipe is a log file that would hold up its command, or even its opening, for as long as
// nobody reads it.
var errPipe = errors.New("it is a pipe or a socket and no file")

// openLog opens the file for appending; an empty path is no log. A new file is readable by
// its owner alone, for nobody knows what a command prints; an existing one keeps its mode.
func openLog(path string) (*logFile, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return nil, &LogFileError{Path: path, Err: errPipe}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, &LogFileError{Path: path, Err: err}
	}
	return &logFile{file: f}, nil
}

// tee is a writer that keeps a stream and appends it to a log file.
type tee struct {
	io.Writer
	masked *host.MaskedWriter
}

// tee returns a writer that keeps in w and appends to the file, with secrets masked.
func (l *logFile) tee(w io.Writer, mask *host.Masker) tee {
	switch {
	case l == nil:
		return tee{Writer: w}
	case mask == nil:
		return tee{Writer: io.MultiWriter(w, l)}
	}
	masked := mask.Writer(l)
	return tee{Writer: io.MultiWriter(w, masked), masked: masked}
}

// end writes what was held back, for it might have been the beginning of a secret.
func (t tee) end() {
	if t.masked != nil {
		_ = t.masked.Flush() // The log file remembers its own errors.
	}
}

// Write appends p. It reports success even where there is none; see failed.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		_, l.err = l.file.Write(p)
	}
	return len(p), nil
}

// failed reports that not everything was written.
func (l *logFile) failed() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

func (l *logFile) close() {
	if l != nil {
		_ = l.file.Close()
	}
}
