// Command terraform-provider-exec is the exec provider for OpenTofu and Terraform.
package main

import (
	"flag"
	"log"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	local.WatchdogMain()

	debug := flag.Bool("debug", false, "serve for a debugger such as delve")
	flag.Parse()

	provider.TuneRuntime()
	if !*debug {
		provider.ExitWithParent()
	}
	err := provider.Serve(version, *debug)
	provider.CloseOpen()
	if err != nil {
		log.Fatal(err)
	}
}
