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
			left := readPipe(r)
			_ = unix.Close(r)
			live := slices.Sorted(maps.Keys(left.live))
			if diff := cmp.Diff(tt.live, live); diff != "" || left.expected != tt.expected {
				t.Errorf("expected %d, live %s", left.expected, diff)
			}
		})
	}
}

// Messages have any length, and a read ends anywhere in one.
func TestWatchdogDirectories(t *testing.T) {
	t.Parallel()
	const gone, kept, long = "/tmp/gone", "/tmp/kept", "/tmp/with a ü and\na line/"
	var sent []byte
	text := func(text string) {
		sent = binary.LittleEndian.AppendUint64(sent, uint64(directory-int64(len(text))))
		sent = append(sent, text...)
	}
	number := func(n int64) { sent = binary.LittleEndian.AppendUint64(sent, uint64(n)) }
	text("+" + gone)
	number(firstMark + 1)
	number(7)
	text("+" + kept)
	text("-" + gone)
	text("+" + long)
	number(firstMark + 2)
	for size := 1; size <= len(sent); size++ {
		left := watched{live: map[int]uint64{}, dirs: map[string]struct{}{}}
		var rest []byte
		for chunk := range slices.Chunk(sent, size) {
			rest = left.take(append(slices.Clone(rest), chunk...))
		}
		if diff := cmp.Diff([]string{kept, long}, slices.Sorted(maps.Keys(left.dirs))); diff != "" || len(rest) > 0 {
			t.Fatalf("by %d bytes: %d are left over, %s", size, len(rest), diff)
		}
		if _, ok := left.live[7]; !ok || len(left.live) != 1 || left.expected != firstMark+2 {
			t.Fatalf("by %d bytes: %+v", size, left)
		}
	}
}
