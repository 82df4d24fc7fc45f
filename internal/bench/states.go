package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// states keeps the states of configurations behind HTTP, as the backend of a team does. Each
// has a path of its own. It locks nothing: a configuration has one engine at a time.
type states struct {
	mu sync.Mutex
	at map[string][]byte
}

// serveStates returns the URL below which states are kept until stop is called.
func serveStates(ctx context.Context) (url string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: &states{at: map[string][]byte{}}, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // It ends when it is closed.
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// ServeHTTP answers what both engines ask of their backend "http".
func (s *states) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.mu.Lock()
		state, ok := s.at[r.URL.Path]
		s.mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(state) // Who does not listen any more needs no answer.
	case http.MethodPost:
		state, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.at[r.URL.Path] = state
		s.mu.Unlock()
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
