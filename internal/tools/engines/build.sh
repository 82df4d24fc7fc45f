#!/bin/sh
# Prints the absolute path of an engine of another version than the one in daily use, for
# the version matrix: `build.sh NAME`, where NAME is a directory beside this script. It is
# built from its Go module into .cache when it is not there yet. Concurrent calls are safe.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../../.." && pwd -P)
name=${1:?"usage: $0 NAME"}
modfile=$here/$name/go.mod

package=$(sed -n 's/^tool //p' "$modfile")
module=${package%/cmd/*}
version=$(sed -n "s|^.*$module v\\([^ ]*\\).*\$|\\1|p" "$modfile" | head -n 1)
program=${package##*/}

dir=$root/.cache/$program-$version
if [ -x "$dir/$program" ]; then
	printf '%s\n' "$dir/$program"
	exit 0
fi

mkdir -p "$dir"
if command -v flock >/dev/null 2>&1; then
	exec 9>"$dir/lock"
	flock 9
fi
if [ ! -x "$dir/$program" ]; then
	printf '%s\n' "engine: building $program $version from source; with cold caches this takes several minutes" >&2
	src=$(mktemp -d "$dir/src.XXXXXX")
	trap 'rm -rf "$src"' EXIT
	trap 'exit 1' HUP INT TERM
	cp "$here/$name/go.mod" "$here/$name/go.sum" "$src"

	# Terraform keeps most of its backends in modules that nobody but its own repository
	# can fetch. No test here needs one of them.
	sed -n 's|^.* => \./backends/||p' "$modfile" | while read -r backend; do
		mkdir -p "$src/backends/$backend"
		printf 'module %s/internal/backend/remote-state/%s\n' "$module" "$backend" >"$src/backends/$backend/go.mod"
		printf 'package %s\n\nimport "%s/internal/backend"\n\nfunc New() backend.Backend { panic("left out of this build") }\n' \
			"$backend" "$module" >"$src/backends/$backend/new.go"
	done

	(cd "$src" && go build -mod=mod -trimpath \
		-ldflags "-s -w -X $module/version.dev=no -X $module/version.Prerelease=" \
		-o "$src/$program" "$package") >&2
	mv -f "$src/$program" "$dir/$program"
fi
printf '%s\n' "$dir/$program"
