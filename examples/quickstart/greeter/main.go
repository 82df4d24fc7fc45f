// Command greeter answers HTTPS requests on 127.0.0.1 with the greeting from its
// configuration. It stands for any service that the quickstart could build and run:
// it says where it listens once it is ready, reads its configuration again on SIGHUP,
// and ends on SIGTERM.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	dir := flag.String("dir", ".", "where greeter.conf, tls.key and tls.crt are")
	ask := flag.Bool("ask", false, "print the answer of the running greeter instead of being one")
	flag.Parse()

	do := serve
	if *ask {
		do = get
	}
	if err := do(*dir); err != nil {
		log.Fatal(err)
	}
}

// serve answers requests until it is told to stop.
func serve(dir string) error {
	greeting, err := read(dir)
	if err != nil {
		return err
	}
	var current atomic.Pointer[string]
	current.Store(&greeting)

	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	if err != nil {
		return err
	}
	// Any free port: the quickstart must not quarrel with what else runs here.
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return err
	}
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintln(w, *current.Load())
		}),
	}

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	go func() {
		for s := range signals {
			if s != syscall.SIGHUP {
				_ = server.Close()
				return
			}
			greeting, err := read(dir)
			if err != nil {
				log.Printf("kept the old configuration: %v", err)
				continue
			}
			current.Store(&greeting)
			log.Printf("reloaded: %s", greeting)
		}
	}()

	// Written last, so that whoever finds it finds a server that answers.
	address := filepath.Join(dir, "greeter.address")
	if err := os.WriteFile(address, []byte(listener.Addr().String()), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(address) }()
	log.Printf("listening on %s: %s", listener.Addr(), greeting)

	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// read returns the greeting that the configuration file sets.
func read(dir string) (string, error) {
	path := filepath.Join(dir, "greeter.conf")
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "greeting = "); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("no greeting in %s", path)
}

// get prints what the running greeter answers, trusting its certificate and no other.
func get(dir string) error {
	address, err := os.ReadFile(filepath.Join(dir, "greeter.address"))
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(filepath.Join(dir, "tls.crt"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)

	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}},
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://"+string(address)+"/", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
