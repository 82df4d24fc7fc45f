package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// chatterLimit is how much a login shell may say before the script begins, in bytes.
const chatterLimit = 1 << 20

// silentError means that the machine did not run the script; Said is what it said instead.
type silentError struct{ Said string }

func (e *silentError) Error() string {
	if e.Said == "" {
		return "the machine ran nothing and said nothing"
	}
	return "the machine ran nothing and said: " + e.Said
}

// greet passes over what the login shell has to say, and returns the process number that the
// script begins with. The error is a [*silentError], or that of a connection that broke.
func greet(from *bufio.Reader) (pid int, err error) {
	said := host.NewTail(messageLimit)
	for total := 0; total < chatterLimit; {
		line, err := from.ReadSlice('\n')
		total += len(line)
		if text, ok := bytes.CutPrefix(line, []byte(greeting)); ok && err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				return pid, nil
			}
		}
		_, _ = said.Write(line)
		if errors.Is(err, io.EOF) {
			return 0, &silentError{Said: strings.TrimSpace(said.Text())}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, err
		}
	}
	return 0, &silentError{Said: fmt.Sprintf("more than %d bytes", chatterLimit)}
}

// messageLimit is how much of what a machine says is kept for a message, in bytes.
const messageLimit = 2048
