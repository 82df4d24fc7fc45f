package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStates(t *testing.T) {
	t.Parallel()
	url, stop, err := serveStates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	ask := func(method, path, body string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(answer.Status + " " + string(text))
	}
	got := []string{
		ask(http.MethodGet, "/a", ""), ask(http.MethodPost, "/a", "one"), ask(http.MethodPost, "/a", "two"),
		ask(http.MethodGet, "/a", ""), ask(http.MethodGet, "/b", ""), ask("LOCK", "/a", ""),
	}
	want := []string{"404 Not Found", "200 OK", "200 OK", "200 OK two", "404 Not Found", "405 Method Not Allowed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
