package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// options is what the command line asks for.
type options struct {
	// sizes are how many resources the configurations have.
	sizes []int
	// runs is how many turns are measured, fewRuns how many at most with a size above
	// reference, which take long and differ little.
	runs, fewRuns int
	// starts is how many processes are started each way, in each turn, without an engine.
	starts int
	// output is how many MiB one command prints.
	output int
	// engines are paths; none means those that tests use.
	engines []string
	// results is the path of the file of results; empty means one in .cache.
	results string
	// resume continues that file, report only reports it, write writes the documentation.
	resume, report, write bool
}

// parse reads the command line; it ends the program if that is wrong.
func parse(args []string) options {
	o := options{sizes: []int{10, 100, reference}}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.Func("n", "numbers of resources, such as 10,1000 (default 10,100,1000)", func(text string) (err error) {
		o.sizes, err = parseSizes(text)
		return err
	})
	flags.IntVar(&o.runs, "runs", 3, "turns in which everything is measured")
	flags.IntVar(&o.fewRuns, "few-runs", 3, "turns at most with more than 1,000 resources")
	flags.IntVar(&o.starts, "starts", 500, "processes to start each way, in each turn, without an engine")
	flags.IntVar(&o.output, "output", 256, "MiB that one command prints")
	flags.Func("engine", "path of an OpenTofu or Terraform to use; may be repeated (default: the OpenTofu of the tests, and terraform on PATH)", func(path string) error {
		o.engines = append(o.engines, path)
		return nil
	})
	flags.BoolFunc("full", "like -n 10,100,1000,5000 -runs 5 -starts 1000 -output 1024; put it first to change some of it", func(string) error {
		o.sizes, o.runs, o.starts, o.output = []int{10, 100, reference, many}, 5, 1000, 1024
		return nil
	})
	flags.StringVar(&o.results, "results", "", "file of results (default .cache/bench/results.jsonl)")
	flags.BoolVar(&o.resume, "resume", false, "go on with the file of results where a run was interrupted")
	flags.BoolVar(&o.report, "report", false, "measure nothing, only report the file of results")
	flags.BoolVar(&o.write, "write", false, "write the report and the plot to where the documentation takes them from")
	_ = flags.Parse(args) // ExitOnError.
	if flags.NArg() > 0 || o.runs < 1 || o.fewRuns < 1 || o.starts < 1 || o.output < 1 {
		flags.Usage()
		os.Exit(2)
	}
	return o
}

func parseSizes(text string) ([]int, error) {
	var sizes []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of resources", word)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// groups returns what there is to measure. A busy minute hurts least where it is short, so
// what takes long comes last in a turn.
func (o options) groups(engines []engine, self, scratch string) []group {
	groups := []group{
		{o.runs, []job{starts(self, o.starts)}},
		{o.runs, []job{serving(engines[0])}},
		{o.runs, floods(engines[0], self, scratch, o.output<<20)},
	}
	for _, size := range o.sizes {
		runs := o.runs
		if size > reference {
			runs = min(runs, o.fewRuns)
		}
		for _, e := range engines {
			groups = append(groups, group{runs, lives(e, self, scratch, size)})
		}
	}
	return groups
}
