//go:build unix

package local

import (
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestReadPipe(t *testing.T) {
	t.Parallel()
	const mark, next = firstMark + 1, firstMark + 2
	tests := map[string]struct {
		messages []int64
		live     []int
		expected int64
	}{
		"nothing":                           {},
		"a command that ran":                {messages: []int64{mark, 7, -7}},
		"a command that runs":               {messages: []int64{mark, 7}, live: []int{7}},
		"a command that is about to start":  {messages: []int64{mark}, expected: mark},
		"a command that did not start":      {messages: []int64{mark, 0}},
		"one that ends while one starts":    {messages: []int64{mark, 7, next, -7}, expected: next},
		"two at once":                       {messages: []int64{mark, 7, next, 8}, live: []int{7, 8}},
		"without marks":                     {messages: []int64{0, 7, 0, 8, -7}, live: []int{8}},
		"a number that was given out again": {messages: []int64{mark, 7, -7, next, 7}, live: []int{7}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w, err := pipe()
			if err != nil {
				t.Fatal(err)
			}
			writer := os.NewFile(uintptr(w), "pipe")
			for _, m := range tt.messages {
				if err := binary.Write(writer, binary.LittleEndian, m); err != nil {
					t.Fatal(err)
				}
			}
			if err := writer.Close(); err != nil {
				t.Fatal(err)
			}
			sessions, expected := readPipe(r)
			_ = unix.Close(r)
			live := slices.Sorted(maps.Keys(sessions))
			if diff := cmp.Diff(tt.live, live); diff != "" || expected != tt.expected {
				t.Errorf("expected %d, live %s", expected, diff)
			}
		})
	}
}
