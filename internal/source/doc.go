// Package source knows where a service's files come from: a directory, or a git
// repository.
//
// It promises that equal files have equal fingerprints wherever they lie
// ([Digester.Tree]), that a reference of a remote repository becomes a commit without a
// clone ([GitClient.Resolve]), that a commit becomes a directory once per machine however
// many ask for it ([GitClient.Checkout], [Cache.Entry]), and that a path which claims to
// lie in a directory does ([Within]).
//
// It never asks a person for anything, never accepts a host key that nobody vouched for,
// and puts no credential into an error, a cache key or a file. What is done with the files
// it refuses to know.
package source
