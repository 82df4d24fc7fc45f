#!/bin/sh
# Prints the absolute path of an OpenTofu that this project can be tried and tested
# with: the one on PATH when it is new enough, else the pinned one, which is built
# from its Go module into .cache when it is not there yet. Only the path goes to
# stdout. Concurrent calls are safe.
set -eu

minimum=1.11.0

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd -P)
modfile=$root/internal/tools/tofu/go.mod

say() { printf '%s\n' "engine: $*" >&2; }

# at_least A B: is version A not older than B? A suffix such as "-dev" does not count.
at_least() {
	printf '%s %s\n' "$1" "$2" | awk '{
		split($1, a, /[.+-]/)
		split($2, b, /[.+-]/)
		for (i = 1; i <= 3; i++)
			if (a[i] + 0 != b[i] + 0) exit !(a[i] + 0 > b[i] + 0)
	}'
}

# version_of TOFU: its version, or nothing when it cannot tell.
version_of() {
	# The user's CLI configuration may be missing or print warnings; it is of no
	# use to this question.
	TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$1" version 2>/dev/null </dev/null |
		sed -n 's/^OpenTofu v//p' | head -n 1
}

if found=$(command -v tofu); then
	version=$(version_of "$found")
	if [ -n "$version" ] && at_least "$version" "$minimum"; then
		case $found in
		/*) printf '%s\n' "$found" ;;
		*) printf '%s/%s\n' "$(pwd -P)" "${found#./}" ;;
		esac
		exit 0
	fi
	say "passing over $found (${version:-unknown version}, need $minimum)"
fi

# The version is written down once, in go.mod.
version=$(sed -n 's|^.*github\.com/opentofu/opentofu v\([^ ]*\).*$|\1|p' "$modfile" | head -n 1)
if [ -z "$version" ]; then
	say "no version of github.com/opentofu/opentofu in $modfile"
	exit 1
fi

dir=$root/.cache/tofu-$version
tofu=$dir/tofu
if [ -x "$tofu" ]; then
	printf '%s\n' "$tofu"
	exit 0
fi

mkdir -p "$dir"

# Who comes second waits instead of spending the same minutes once more. Where there is
# no flock, both build, and the rename below still leaves one whole file.
if command -v flock >/dev/null 2>&1; then
	exec 9>"$dir/lock"
	flock 9
fi
if [ ! -x "$tofu" ]; then
	say "building OpenTofu $version from source; with cold caches this takes several minutes"
	unfinished=$dir/tofu.$$
	trap 'rm -f "$unfinished"' EXIT
	trap 'exit 1' HUP INT TERM
	# Without version.dev=no it would call itself a pre-release, which version
	# constraints treat as older than the release.
	(cd "$root" && go build -trimpath -modfile="$modfile" \
		-ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
		-o "$unfinished" github.com/opentofu/opentofu/cmd/tofu) >&2
	mv -f "$unfinished" "$tofu"
	say "built $tofu"
fi
printf '%s\n' "$tofu"
