package sshauth

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/skeema/knownhosts"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// openLegible reads the lines of the files that can be parsed, and passes over the others
// as OpenSSH does: a key of SSH-1, of a kind that is not known here, or cut short says
// nothing of other hosts. The parser gives up at the first such line, so it gets copies in
// which they are comments, which keeps the numbers of the lines. Names maps the copies to
// the files; it is nil where no copy was needed.
func openLegible(files []string) (db *knownhosts.HostKeyDB, names map[string]string, err error) {
	if db, err := knownhosts.NewDB(files...); err == nil {
		return db, nil, nil
	}
	dir, err := os.MkdirTemp("", "terraform-provider-exec-known-hosts-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	names = map[string]string{}
	var copies []string
	for i, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		content, err = legible(content, filepath.Join(dir, "line"))
		if err != nil {
			return nil, nil, err
		}
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return nil, nil, err
		}
		names[name] = file
		copies = append(copies, name)
	}
	db, err = knownhosts.NewDB(copies...)
	return db, names, err
}

// legible returns the content with a comment in place of each line that the parser
// refuses. It asks the parser itself, by means of a file of its own at scratch.
func legible(content []byte, scratch string) ([]byte, error) {
	lines := bytes.Split(content, []byte("\n"))
	for i, line := range lines {
		if err := os.WriteFile(scratch, line, 0o600); err != nil {
			return nil, err
		}
		if _, err := xknownhosts.New(scratch); err != nil {
			lines[i] = []byte("#")
		}
	}
	return bytes.Join(lines, []byte("\n")), nil
}
