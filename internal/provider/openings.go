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
	// last is what the closing itself may still need.
	last []func()
}

// ofProcess are the openings of this process, which is as long as anything stays open.
var ofProcess openings

// CloseOpen closes what this process opened and no engine closed, and then its connections to
// other machines. It is for the time after serving, when nobody is left to be told of a
// failure but the log.
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

// atEnd has closing called after everything else is closed.
func (o *openings) atEnd(closing func()) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, closing)
}

func (o *openings) closeAll() {
	o.mu.Lock()
	left, last := o.byID, o.last
	o.byID, o.last = nil, nil
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
	for _, closing := range last {
		closing()
	}
}
