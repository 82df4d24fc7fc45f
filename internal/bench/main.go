// Command bench compares this provider with what people use without it, on one machine and
// in one run, and reports tables in Markdown and a plot.
//
// It promises ratios: whatever it compares runs by turns, so that a machine which is busy
// for a while slows all of it down. It prints how each target stands and refuses to judge
// by it: nothing fails for being slow. A step that does not do what it is meant to do, such
// as a plan that finds something to run, is an error.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func main() {
	// This program starts commands as the provider does, so it is watched over like it.
	local.WatchdogMain()
	play(os.Args[1:])

	o := parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := bench(ctx, o, os.Stdout, log.New(os.Stderr, "", log.Ltime)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench measures everything and writes the report to out; progress is logged.
func bench(ctx context.Context, o options, out io.Writer, progress *log.Logger) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if o.results == "" {
		o.results = filepath.Join(root, ".cache", "bench", "results.jsonl")
	}
	var r *results
	if o.report {
		r, err = load(o.results)
	} else {
		r, err = measured(ctx, root, o, progress)
	}
	if err != nil {
		return err
	}
	if err := writeReport(out, r); err != nil {
		return err
	}
	if o.write {
		return publish(root, r)
	}
	return nil
}

// measured measures what the options ask for. What was measured before an error stays in
// the file of results.
func measured(ctx context.Context, root string, o options, progress *log.Logger) (_ *results, err error) {
	scratch, err := os.MkdirTemp("", "exec-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	url, stop, err := serveStates(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	engines, err := prepare(ctx, root, scratch, url, o.engines)
	if err != nil {
		return nil, err
	}
	f, err := factsOf(engines)
	if err != nil {
		return nil, err
	}
	r, file, err := open(o.results, f, o.resume)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	progress.Printf("results go to %s; -resume continues a run that was interrupted", o.results)
	return r, measure(ctx, o.groups(engines, self, scratch), r, file, progress)
}

// publish writes the report and the plot to where the documentation takes them from.
func publish(root string, r *results) error {
	for path, write := range map[string]func(io.Writer, *results) error{
		"internal/bench/results/performance.md": writeReport,
		"docs/images/performance.svg":           writePlot,
	} {
		var b bytes.Buffer
		if err := write(&b, r); err != nil {
			return err
		}
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
