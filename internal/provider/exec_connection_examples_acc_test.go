//go:build unix

package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// The examples of the guide about other machines work as they stand.
func TestAccConnectionExamples(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		made string
		gone bool // Whether destroying it removes that.
	}{
		"first":   {made: "app/settings", gone: true},
		"bastion": {made: "app"},
		"created": {made: "app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			root, err := enginetest.Root()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(w.Dir, os.DirFS(filepath.Join(root, "examples/machines", name))); err != nil {
				t.Fatal(err)
			}
			server := hosttest.NewOpenSSH(t).Place(t)
			w.Write("id_ed25519", server.PrivateKey)
			setMachine(t, w, "machine", server)
			setMachine(t, w, "bastion", hosttest.NewSSHD(t, hosttest.WithClientKey(server.PrivateKey)).Place(t))
			dir := t.TempDir()
			w.Setenv("TF_VAR_dir", dir)
			exists := func() bool {
				_, err := os.Stat(filepath.Join(dir, test.made))
				return err == nil
			}
			equal(t, "the plan has changes", w.Plan().ExitCode, 2)
			equal(t, "the plan ran something", exists(), false)
			w.Must("apply", "tfplan")
			equal(t, "the apply ran something", exists(), true)
			equal[any](t, "where it ran", w.Value("exec.app", "target"), targetAt(server))
			settled(t, w)
			w.Must("destroy", "-auto-approve")
			equal(t, "what was made is there", exists(), !test.gone)
		})
	}
}

// setMachine gives a server to the variable of an example.
func setMachine(t *testing.T, w *enginetest.Workspace, name string, p hosttest.Place) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"host": p.Host, "port": p.Port, "user": p.User, "host_key": p.HostKey})
	if err != nil {
		t.Fatal(err)
	}
	w.Setenv("TF_VAR_"+name, string(text))
}
