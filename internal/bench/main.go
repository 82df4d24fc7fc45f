// Command bench compares this provider with what people use without it, on one machine and
// in one run, and prints tables in Markdown.
//
// It promises ratios: whatever it compares runs by turns, so that a machine which is busy
// for a while slows all of it down. It refuses to judge them: no number here is a
// threshold, and nothing fails for being slow. A step that does not do what it is meant to
// do, such as a plan that finds something to run, is an error.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// options is what the command line asks for.
type options struct {
	// resources is how many resources each configuration has.
	resources int
	// runs is how often everything is measured.
	runs int
	// starts is how many processes are started each way, in each run, without an engine.
	starts int
	// engine is the path of the engine; empty means the one that tests use.
	engine string
}

func main() {
	// This program starts commands as the provider does, so it is watched over like it.
	local.WatchdogMain()

	var o options
	flag.IntVar(&o.resources, "n", 1000, "resources in each configuration")
	flag.IntVar(&o.runs, "runs", 3, "how often to measure everything")
	flag.IntVar(&o.starts, "starts", 1000, "processes to start each way, in each run, without an engine")
	flag.StringVar(&o.engine, "engine", "", "path of the OpenTofu or Terraform to use (default: $TF_ACC_TERRAFORM_PATH, else what tests use)")
	flag.Parse()
	if flag.NArg() > 0 || o.resources < 1 || o.runs < 1 || o.starts < 1 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, o, os.Stdout, log.New(os.Stderr, "", 0)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench measures everything and writes the report to out; progress is logged.
func bench(ctx context.Context, o options, out io.Writer, progress *log.Logger) error {
	scratch, err := os.MkdirTemp("", "exec-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	e, err := prepare(ctx, o.engine, scratch)
	if err != nil {
		return err
	}
	plans, err := comparePlans(ctx, e, o, scratch, progress)
	if err != nil {
		return err
	}
	starts, err := compareStarts(ctx, o, progress)
	if err != nil {
		return err
	}
	r := report{out: out}
	r.facts(e, o)
	r.plans(plans)
	r.starts(starts)
	return r.err
}
