package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

const installGalaxy = "install the Galaxy requirements"

// installGalaxy makes the roles and collections of a file available to the run. They are
// installed once for the same requirements; those of a run as another user, who cannot
// reach the cache, live as long as the run. The errors are [*FileError], [*StepError] and
// those of package source.
func (a *ansible) installGalaxy(ctx context.Context, name string) error {
	file, err := a.site.file("galaxy_req_file", name)
	if err != nil {
		return err
	}
	dir, err := a.galaxyDir(ctx, file)
	if err != nil {
		return err
	}
	a.environment["ANSIBLE_COLLECTIONS_PATH"] = a.settings.with(filepath.Join(dir, "collections"), collectionsPath)
	a.environment["ANSIBLE_ROLES_PATH"] = a.settings.with(filepath.Join(dir, "roles"), rolesPath)
	return nil
}

func (a *ansible) galaxyDir(ctx context.Context, file string) (string, error) {
	build := func(ctx context.Context, dir string) error { return a.galaxy(ctx, file, dir) }
	if a.own.uid >= 0 {
		dir, err := a.own.mkdir("galaxy")
		if err != nil {
			return "", err
		}
		return dir, build(ctx, dir)
	}
	key, err := a.galaxyKey(ctx, file)
	if err != nil {
		return "", &StepError{Doing: installGalaxy, Err: err}
	}
	return a.site.Cache.Entry(ctx, key, build)
}

// galaxy installs the requirements into dir. Without a path among its arguments
// ansible-galaxy takes roles and collections alike.
func (a *ansible) galaxy(ctx context.Context, file, dir string) error {
	c := a.process("galaxy", "install", "--role-file="+file)
	// A relative path in the requirements is taken from the working directory of the
	// service, as every path of it is.
	c.Dir = a.site.Dir
	c.Env["ANSIBLE_COLLECTIONS_PATH"] = filepath.Join(dir, "collections")
	c.Env["ANSIBLE_ROLES_PATH"] = filepath.Join(dir, "roles")
	c.Env["ANSIBLE_GALAXY_DISPLAY_PROGRESS"] = "0"
	// It makes this directory even if it has no use for it, and a home may be read-only.
	if _, set := a.site.variable("ANSIBLE_GALAXY_CACHE_DIR"); !set {
		cache, err := a.own.mkdir("galaxy_cache")
		if err != nil {
			return err
		}
		c.Env["ANSIBLE_GALAXY_CACHE_DIR"] = cache
	}
	_, err := a.site.step(ctx, installGalaxy, c)
	return err
}

// pathLike finds what may be a path in a YAML file.
var pathLike = regexp.MustCompile(`[^\s"',\[\]{}]*[A-Za-z][^\s"',\[\]{}]*`)

// galaxyKey stands for the requirements, for the configuration, which may name another
// server, and for what the requirements name in the working directory, such as an archive.
func (a *ansible) galaxyKey(ctx context.Context, file string) (source.Key, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return source.Key{}, err
	}
	parts := []string{digest(content), a.settings.digest}
	var digester source.Digester
	for _, name := range pathLike.FindAllString(string(content), -1) {
		path := strings.TrimPrefix(name, "file://")
		if !filepath.IsAbs(path) {
			path = filepath.Join(a.site.Dir, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			continue // It is no path, or ansible-galaxy will say that there is no such file.
		}
		sum, err := digester.File(ctx, path)
		if info.IsDir() {
			sum, err = digester.Tree(ctx, path)
		}
		if pathErr, ok := errors.AsType[*source.PathError](err); ok {
			// What has no digest, such as a directory with a link out of it.
			sum, err = pathErr.Reason.String()+a.site.Source.Revision, nil
		}
		if err != nil {
			return source.Key{}, err
		}
		parts = append(parts, name, sum)
	}
	return source.NewKey("galaxy", parts...), nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
