package service

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
)

// private is a directory for what one run alone may read, such as values that must not
// stand in an argv. It lives until remove is called, or
// this process dies. What is in it belongs to the user of
// the run. Where that is another user, the directory itself stays with this process's: that
// user passes through it and can change no entry, so that nothing is written or given away
// through a link of theirs.
type private struct {
	dir string
	// uid is who owns what is in it; -1 means the user of this process.
	uid int
	// release says that the directory is gone.
	release func()
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
	p := &private{dir: dir, uid: s.otherUser(), release: func() {}}
	if s.Keep != nil {
		p.release = s.Keep(dir)
	}
	if p.gives() {
		if err := os.Chmod(dir, 0o711); err != nil {
			p.remove()
			return nil, unwritten(err)
		}
	}
	return p, nil
}

// remove removes the directory and all that is in it.
func (p *private) remove() {
	_ = os.RemoveAll(p.dir)
	p.release()
}

// mkdir makes an empty directory in it and returns its path.
func (p *private) mkdir(name string) (string, error) {
	return p.fill(name, func(string) error { return nil })
}

// fill makes a directory in it that holds what fill puts there, and returns its path. Until
// all is there, this process's user alone can reach it.
func (p *private) fill(name string, fill func(dir string) error) (string, error) {
	path := filepath.Join(p.dir, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		return "", unwritten(err)
	}
	if err := fill(path); err != nil {
		return "", err
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

// gives reports that what is in it belongs to another user. Only root can give files away;
// where another user's run was asked for without that, the run itself is refused.
func (p *private) gives() bool { return p.uid >= 0 && os.Geteuid() == 0 }

// give makes the user of the run the owner of an entry and of all that is beneath it: of the
// entry itself last, for from then on that user decides what its paths lead to.
func (p *private) give(path string) error {
	if !p.gives() {
		return nil
	}
	var paths []string
	err := filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	for _, path := range slices.Backward(paths) {
		if err == nil {
			err = os.Lchown(path, p.uid, -1)
		}
	}
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
