package converge

import (
	"io"
	"os"
	"sync"
)

// logFile appends output to a file while a command runs. A nil one is none. A full disk
// fails no command: the first error ends the writing and is remembered.
type logFile struct {
	file *os.File

	mu  sync.Mutex
	err error
}

// openLog opens the file for appending; an empty path is no log. The file is readable by
// its owner alone, for nobody knows what a command prints.
func openLog(path string) (*logFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, &LogFileError{Path: path, Err: err}
	}
	return &logFile{file: f}, nil
}

// tee returns a writer that keeps in w and appends to the file.
func (l *logFile) tee(w io.Writer) io.Writer {
	if l == nil {
		return w
	}
	return io.MultiWriter(w, l)
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
