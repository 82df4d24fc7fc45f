package provider

import (
	"log"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// openings are what was opened and not closed yet.
//
// Engines do not close an ephemeral resource when something that uses it fails (seen with
// OpenTofu 1.12 and Terraform 1.11); they just end the provider, and wait two seconds for
// that. So what is left is closed then. The nil one remembers nothing.
type openings struct {
	mu   sync.Mutex
	byID map[string]func() diag.Diagnostics
}

// ofProcess are the openings of this process, which is as long as anything stays open.
var ofProcess openings

// CloseOpen closes what this process opened and no engine closed. It is for the time after
// serving, when nobody is left to be told of a failure but the log.
func CloseOpen() { ofProcess.closeAll() }

func (o *openings) add(id string, undo func() diag.Diagnostics) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byID == nil {
		o.byID = map[string]func() diag.Diagnostics{}
	}
	o.byID[id] = undo
}

func (o *openings) remove(id string) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.byID, id)
}

func (o *openings) closeAll() {
	o.mu.Lock()
	left := o.byID
	o.byID = nil
	o.mu.Unlock()
	var all sync.WaitGroup
	for _, undo := range left {
		all.Go(func() {
			for _, d := range undo() {
				log.Printf("[WARN] %s", d.Summary())
			}
		})
	}
	all.Wait()
}
