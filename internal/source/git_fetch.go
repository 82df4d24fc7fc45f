package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// fetch writes the files of the commit to dir, which is empty.
func (c *GitClient) fetch(ctx context.Context, a address, commit plumbing.Hash, dir string) error {
	if a.scheme == schemeFile {
		r, err := openLocal(a)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		return writeCommit(ctx, r, commit, dir)
	}
	objects := filepath.Join(dir, ".git")
	if err := c.download(ctx, a, commit, objects); err != nil {
		return err
	}
	s := objectStorage(objects)
	err := writeCommit(ctx, s, commit, dir)
	_ = s.Close()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(objects); err != nil {
		return &CacheError{Path: objects, Err: err}
	}
	return nil
}

func objectStorage(dir string) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(osfs.New(dir), cache.NewObjectLRUDefault(), filesystem.Options{
		ExclusiveAccess: true, KeepDescriptors: true, LargeObjectThreshold: largeObject,
	})
}

// download fetches what the commit needs into a storage in dir.
func (c *GitClient) download(ctx context.Context, a address, commit plumbing.Hash, dir string) error {
	pack, refs, err := c.connect(ctx, a)
	if err != nil {
		return err
	}
	defer func() { _ = pack.Close() }()
	response, err := pack.UploadPack(ctx, wanted(refs, commit))
	if err != nil {
		return notOurs(remoteError(err), commit)
	}
	defer func() { _ = response.Close() }()
	s := objectStorage(dir)
	defer func() { _ = s.Close() }()
	if err := s.Init(); err != nil {
		return &CacheError{Path: dir, Err: err}
	}
	return notOurs(remoteError(packfile.UpdateObjectStorage(s, demultiplexed(refs, response))), commit)
}

// wanted returns the request for the commit: for it alone where a branch or tag points to
// it or the server gives out any commit, else for the history of all branches and tags.
func wanted(refs *packp.AdvRefs, commit plumbing.Hash) *packp.UploadPackRequest {
	request := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	tip, alone := tipOf(refs, commit)
	if !alone && refs.Capabilities.Supports(capability.AllowReachableSHA1InWant) {
		tip, alone = commit, true
	}
	if !alone {
		request.Wants = allTips(refs)
		return request
	}
	request.Wants = []plumbing.Hash{tip}
	if refs.Capabilities.Supports(capability.Shallow) {
		request.Depth = packp.DepthCommits(1)
		_ = request.Capabilities.Set(capability.Shallow)
	}
	return request
}

// tipOf returns what to ask for to get the commit that a branch or tag points to: for an
// annotated tag that is the tag, for servers do not advertise the commit itself.
func tipOf(refs *packp.AdvRefs, commit plumbing.Hash) (plumbing.Hash, bool) {
	if refs.Head != nil && *refs.Head == commit {
		return commit, true
	}
	for _, points := range refs.References {
		if points == commit {
			return commit, true
		}
	}
	for name, peeled := range refs.Peeled {
		if peeled == commit {
			return refs.References[name], true
		}
	}
	return plumbing.ZeroHash, false
}

func allTips(refs *packp.AdvRefs) []plumbing.Hash {
	var tips []plumbing.Hash
	if refs.Head != nil {
		tips = append(tips, *refs.Head)
	}
	for name, points := range refs.References {
		if strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/") {
			tips = append(tips, points)
		}
	}
	slices.SortFunc(tips, func(a, b plumbing.Hash) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(tips)
}

// demultiplexed returns the packfile in the response.
func demultiplexed(refs *packp.AdvRefs, response io.Reader) io.Reader {
	switch {
	case refs.Capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, response)
	case refs.Capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, response)
	}
	return response
}

// notOurs returns the GitError with ReferenceUnknown if the server said that it does not
// give out the commit, for which the protocol has only words.
func notOurs(err error, commit plumbing.Hash) error {
	if err == nil || !strings.Contains(err.Error(), "not our ref") {
		return err
	}
	return &GitError{
		Reason: ReferenceUnknown, Reference: commit.String(),
		Detail: "the remote does not give out this commit",
	}
}

// peelTag returns the object that an annotated tag leads to, and any other hash as it is.
func peelTag(s storer.EncodedObjectStorer, points plumbing.Hash) (plumbing.Hash, error) {
	for {
		tag, err := object.GetTag(s, points)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return points, nil
		}
		if err != nil {
			return plumbing.ZeroHash, err
		}
		points = tag.Target
	}
}
