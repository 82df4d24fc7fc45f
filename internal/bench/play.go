package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// The roles that this program plays when it is a command itself, by its first argument.
const (
	// loopRole N ARGV... runs N processes, as many at a time as an engine does.
	loopRole = "loop"
	// emitRole BYTES FILE prints as many bytes, and writes to the file how long it took.
	emitRole = "emit"
	// stampRole prints what time it is, and ends.
	stampRole = "stamp"
)

// atOnce is how many resources both engines work on at a time.
const atOnce = 10

// play plays a role if the arguments name one, and never returns then.
func play(args []string) {
	if len(args) == 0 {
		return
	}
	var err error
	switch args[0] {
	case loopRole:
		err = playLoop(args[1:])
	case emitRole:
		err = playEmit(args[1:])
	case stampRole:
		_, err = fmt.Println(time.Now().UnixNano())
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func playLoop(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return inParallel(n, atOnce, func() error {
		return exec.CommandContext(context.Background(), args[1], args[2:]...).Run()
	})
}

// inParallel calls f n times, some of them at once, and returns the first error.
func inParallel(n, atOnce int, f func() error) error {
	var (
		all   sync.WaitGroup
		once  sync.Once
		first error
	)
	calls := make(chan struct{})
	for range min(n, atOnce) {
		all.Go(func() {
			for range calls {
				if err := f(); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	for range n {
		calls <- struct{}{}
	}
	close(calls)
	all.Wait()
	return first
}

func playEmit(args []string) error {
	size, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	begin := time.Now()
	if _, err := io.CopyN(os.Stdout, lines{}, size); err != nil {
		return err
	}
	return os.WriteFile(args[1], []byte(strconv.FormatInt(int64(time.Since(begin)), 10)), 0o600)
}

// lines is an endless text.
type lines struct{}

func (lines) Read(p []byte) (int, error) {
	const line = "The quick brown fox jumps over the lazy dog, and nothing else happens.\n"
	n := 0
	for n < len(p) {
		n += copy(p[n:], line)
	}
	return n, nil
}
