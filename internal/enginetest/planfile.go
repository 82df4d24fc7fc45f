package enginetest

import (
	"archive/zip"
	"io"
	"strings"
)

// PlanFile returns everything that the plan saved as "tfplan" holds, most of which is
// compressed in the file.
func (w *Workspace) PlanFile() string {
	w.t.Helper()
	archive, err := zip.OpenReader(w.Path("tfplan"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, f := range archive.File {
		content, err := f.Open()
		if err == nil {
			_, err = io.Copy(&all, content)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if !strings.Contains(all.String(), "resource ") {
		w.t.Fatal("the plan file was not read: it holds no configuration")
	}
	return all.String()
}
