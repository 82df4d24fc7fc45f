package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// packStream speaks git's protocol, version 0, over the pipes of git-upload-pack. Whoever
// holds the pipes closes them when the context ends.
type packStream struct {
	stdin  io.WriteCloser
	stdout io.Reader
	stderr *firstWords
	asked  bool
}

// references reads what the program says first.
func (s *packStream) references() (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	err := refs.Decode(s.stdout)
	if errors.Is(err, packp.ErrEmptyAdvRefs) || (err == nil && refs.IsEmpty()) {
		return nil, transport.ErrEmptyRemoteRepository
	}
	if err != nil {
		return nil, err
	}
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	return refs, nil
}

// UploadPack asks for objects and returns the answer, from which they can be read.
func (s *packStream) UploadPack(_ context.Context, request *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	s.asked = true
	var question bytes.Buffer
	if err := request.UploadRequest.Encode(&question); err != nil {
		return nil, err
	}
	if err := pktline.NewEncoder(&question).EncodeString("done\n"); err != nil {
		return nil, err
	}
	// A program that refuses the question may end before it has read it all: what it said
	// tells more than the broken pipe.
	_, broken := s.stdin.Write(question.Bytes())
	_ = s.stdin.Close()
	response := packp.NewUploadPackResponse(request)
	if err := response.Decode(io.NopCloser(s.stdout)); err != nil {
		if broken != nil && errors.Is(err, io.EOF) {
			err = broken
		}
		return nil, err
	}
	return response, nil
}

// end tells the program that nothing will be asked, unless something was.
func (s *packStream) end() {
	if !s.asked {
		_, _ = s.stdin.Write(pktline.FlushPkt)
		_ = s.stdin.Close()
	}
}

// maxWords is how much of what a server says to people is kept, in bytes.
const maxWords = 2 << 10

// firstWords keeps the first of what is written to it. The zero value is ready.
type firstWords struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps what there is room for, and never fails.
func (w *firstWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p[:min(len(p), maxWords-len(w.text))]...)
	return len(p), nil
}

func (w *firstWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(bytes.TrimSpace(w.text))
}
