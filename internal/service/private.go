package service

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// private is a directory for what one run alone may read, such as values that must not
// stand in an argv. It lives until remove is called, and belongs to the user of the run.
type private struct {
	dir string
	// uid is who owns it; -1 means the user of this process.
	uid int
}

// private makes a private directory. The error is a [*StepError]. TMPDIR says where; a run
// as another user needs it to be a place that this user can reach.
func (s *Site) private() (*private, error) {
	base, err := filepath.Abs(os.TempDir())
	if err != nil {
		return nil, unwritten(err)
	}
	dir, err := os.MkdirTemp(base, "terraform-provider-exec-")
	if err != nil {
		return nil, unwritten(err)
	}
	p := &private{dir: dir, uid: s.otherUser()}
	if err := p.give(dir); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

// remove removes the directory and all that is in it.
func (p *private) remove() { _ = os.RemoveAll(p.dir) }

// mkdir makes a directory in it and returns its path.
func (p *private) mkdir(name string) (string, error) {
	path := filepath.Join(p.dir, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		return "", unwritten(err)
	}
	return path, p.give(path)
}

// write writes a file that is not there yet and returns its path.
func (p *private) write(name string, content []byte) (string, error) {
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", unwritten(err)
	}
	return path, p.give(path)
}

// writeJSON writes values of encoding/json.
func (p *private) writeJSON(name string, values any) (string, error) {
	content, err := json.Marshal(values)
	if err != nil {
		return "", unwritten(err)
	}
	return p.write(name, content)
}

// give makes the user of the run the owner of path and all that is beneath it. Only root
// can; where another user's run was asked for without that, the run itself is refused.
func (p *private) give(path string) error {
	if p.uid < 0 || os.Geteuid() != 0 {
		return nil
	}
	err := filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, p.uid, -1)
	})
	if err != nil {
		return unwritten(err)
	}
	return nil
}

func unwritten(err error) error {
	return &StepError{Doing: "write what only the run may read", Err: err}
}

// otherUser returns the number of the user that the service runs as, and -1 if that is the
// user of this process or is not known: then the run says so.
func (s *Site) otherUser() int {
	if s.Base.User == "" {
		return -1
	}
	id := s.Base.User
	if account, err := user.Lookup(id); err == nil {
		id = account.Uid
	}
	uid, err := strconv.Atoi(id)
	if err != nil || uid < 0 || uid == os.Geteuid() {
		return -1
	}
	return uid
}
