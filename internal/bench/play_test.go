package main

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestInParallel(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such program")
	cases := map[string]struct {
		n, atOnce, failing int32
		want               error
	}{
		"fewer than at once":        {n: 3, atOnce: 10},
		"more than at once":         {n: 25, atOnce: 10},
		"nothing to do":             {n: 0, atOnce: 10},
		"one fails, the others run": {n: 25, atOnce: 10, failing: 4, want: cause},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls, running, tooMany atomic.Int32
			err := inParallel(int(c.n), int(c.atOnce), func() error {
				if running.Add(1) > c.atOnce {
					tooMany.Add(1)
				}
				defer running.Add(-1)
				if calls.Add(1) == c.failing {
					return cause
				}
				return nil
			})
			if !errors.Is(err, c.want) || calls.Load() != c.n || tooMany.Load() > 0 {
				t.Errorf("%d calls, %d of them too many at once, %v", calls.Load(), tooMany.Load(), err)
			}
		})
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	text, err := io.ReadAll(io.LimitReader(lines{}, 1000))
	if err != nil || len(text) != 1000 || strings.Count(string(text), "\n") < 10 {
		t.Errorf("%d bytes, %v: %q", len(text), err, text)
	}
}

func TestSinceStamp(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 500)
	if got, err := sinceStamp("1000000200\n", now, nil); err != nil || got != 300 {
		t.Errorf("sinceStamp = %v, %v", got, err)
	}
	if _, err := sinceStamp("yesterday", now, nil); err == nil {
		t.Error("no number was read as a time")
	}
	cause := errors.New("it did not run")
	if _, err := sinceStamp("1000000200\n", now, cause); !errors.Is(err, cause) {
		t.Errorf("the error of the run is lost: %v", err)
	}
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	network, address, err := handshake("1|6|unix|/tmp/plugin12|grpc|\n")
	if err != nil || network != "unix" || address != "/tmp/plugin12" {
		t.Errorf("handshake = %s, %s, %v", network, address, err)
	}
	for name, line := range map[string]string{"a person's words": "This binary is a plugin.\n", "another protocol": "1|6|unix|/tmp/plugin12|netrpc|\n"} {
		if _, _, err := handshake(line); err == nil {
			t.Errorf("%s were taken for a handshake", name)
		}
	}
}
