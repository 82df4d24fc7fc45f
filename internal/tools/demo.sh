#!/bin/sh
# Shows the provider at work on examples/quickstart, with the engine's own output and
# without any registry: the provider is built here and offered by a filesystem mirror.
# Everything happens in a scratch directory and is taken down at the end; KEEP=1 leaves
# it running and says where. ENGINE may name another OpenTofu or Terraform to use.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
cd "$root"

for command in go openssl; do
	command -v "$command" >/dev/null || {
		printf '%s\n' "demo: $command is needed and was not found on PATH" >&2
		exit 1
	}
done

engine=${ENGINE:-$(internal/tools/tofu/engine.sh)}

scratch=$(mktemp -d)
stack=$scratch/quickstart

# What the caller has set for their own engine and provider would change what is shown.
for name in $(env | sed -nE 's/^(TF_[A-Za-z0-9_]*|EXEC_(GUARDS|GUARD_TIMEOUT|PATH|ENVIRONMENT|TIMEOUT|MAX_PARALLEL|SLOT))=.*/\1/p'); do
	case $name in
	TF_LOG*) ;;
	*) unset "$name" ;;
	esac
done
export TF_CLI_CONFIG_FILE="$scratch/cli.tfrc" CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
[ -t 1 ] || export TF_CLI_ARGS=-no-color

finish() {
	status=$?
	trap - EXIT
	if [ "${KEEP:-}" = 1 ]; then
		printf '\nKept in %s. To use it there:\n  export TF_CLI_CONFIG_FILE=%s\n' "$stack" "$TF_CLI_CONFIG_FILE"
		exit "$status"
	fi
	# Whatever went wrong, no process is left behind.
	if [ -s "$stack/.run/greeter.pid" ]; then
		DIR=$stack/.run sh "$stack/service.sh" stop || true
	fi
	rm -rf "$scratch"
	exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

heading() { printf '\n==> %s\n\n' "$*"; }

# engine EXPECTED ARGUMENTS...: runs the engine and insists on that exit code.
engine() {
	expected=$1
	shift
	printf '$ %s %s\n' "$(basename "$engine")" "$*"
	code=0
	"$engine" "$@" </dev/null || code=$?
	if [ "$code" -ne "$expected" ]; then
		printf '%s\n' "demo: expected exit code $expected, got $code" >&2
		exit 1
	fi
}

ask() {
	printf 'The server answers: '
	"$stack/.run/greeter" -ask -dir "$stack/.run"
}

heading 'Building the provider'
os_arch=$(go env GOOS)_$(go env GOARCH)
for host in registry.opentofu.org registry.terraform.io; do
	mkdir -p "$scratch/mirror/$host/terraform-provider-exec/exec/0.0.1/$os_arch"
done
go build -o "$scratch/terraform-provider-exec_v0.0.1" .
for dir in "$scratch"/mirror/*/terraform-provider-exec/exec/0.0.1/"$os_arch"; do
	ln "$scratch/terraform-provider-exec_v0.0.1" "$dir/"
done
cat >"$TF_CLI_CONFIG_FILE" <<EOF
provider_installation {
  filesystem_mirror {
    path = "$scratch/mirror"
  }
}
EOF

mkdir "$stack" "$stack/greeter"
cp examples/quickstart/main.tf examples/quickstart/service.sh "$stack/"
cp examples/quickstart/greeter/main.go "$stack/greeter/"
cd "$stack"
# It warns that the lock file knows one platform only, as always with a mirror.
"$engine" init </dev/null >"$scratch/init.log" 2>&1 || {
	cat "$scratch/init.log" >&2
	exit 1
}

heading '1. The first plan: nothing is there yet, so every command would run'
engine 2 plan -detailed-exitcode -out=tfplan

heading '2. Apply: build, certificate, configuration, server'
engine 0 apply tfplan
ask

heading '3. Plan again: the guards find everything done (exit code 0)'
engine 0 plan -detailed-exitcode

heading '4. The built program is deleted behind the back of the engine; the plan says what would run, and why (exit code 2)'
printf '$ rm .run/greeter\n'
rm .run/greeter
engine 2 plan -detailed-exitcode -out=tfplan

heading '5. Apply puts it right: the program is built once more and its server restarted; nothing else runs'
engine 0 apply tfplan
ask

heading '6. A changed configuration: the file is written and the server reloaded, not restarted'
engine 0 apply -auto-approve -var=greeting=welcome
ask

heading '7. And nothing is left to do'
engine 0 plan -detailed-exitcode -var=greeting=welcome

if [ "${KEEP:-}" != 1 ]; then
	heading '8. Destroy stops the server and removes what was made'
	# The plan would only list once more what is there.
	"$engine" plan -destroy -out=tfplan -var=greeting=welcome </dev/null >/dev/null
	engine 0 apply tfplan
	if [ -e .run ]; then
		printf '%s\n' 'demo: destroy left something behind:' >&2
		ls -la .run >&2
		exit 1
	fi
fi
