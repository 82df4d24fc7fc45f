#!/bin/sh
# Runs the tests: `test.sh all`, or `test.sh acceptance` for TestAcc* alone. Words in
# $TESTARGS are passed on to `go test`.
#
# Acceptance tests get their engines by EXEC_TEST_TOFU and EXEC_TEST_TERRAFORM. Terraform
# is optional, except in CI, where leaving out half of the tests must not look like success.
set -eu

cd -- "$(dirname -- "$0")/../.."

EXEC_TEST_TOFU=$(internal/tools/tofu/engine.sh)
export EXEC_TEST_TOFU

if EXEC_TEST_TERRAFORM=$(command -v terraform); then
	export EXEC_TEST_TERRAFORM
else
	unset EXEC_TEST_TERRAFORM
	if [ "${CI:-}" = true ]; then
		printf '%s\n' 'test: no terraform on PATH; in CI the acceptance tests run on both engines' >&2
		exit 1
	fi
	printf '%s\n' 'test: no terraform on PATH, so the acceptance tests run on OpenTofu only' >&2
fi

# What a user has set for their own engine is none of the tests' business.
TF_CLI_CONFIG_FILE=/dev/null
CHECKPOINT_DISABLE=1
export TF_CLI_CONFIG_FILE CHECKPOINT_DISABLE
for name in $(env | sed -nE 's/^(TF_CLI_ARGS[A-Za-z_]*|TF_DATA_DIR|TF_WORKSPACE|TF_PLUGIN_CACHE_DIR|EXEC_GUARDS)=.*/\1/p'); do
	unset "$name"
done

acceptance() {
	# The engines run as processes of their own; the race detector would slow them
	# down and see nothing of them.
	# shellcheck disable=SC2086 # TESTARGS is a list of words
	TF_ACC=1 go test -count=1 -timeout 60m ${TESTARGS:-} "$@"
}

case ${1:-all} in
acceptance)
	acceptance -run '^TestAcc' ./internal/provider/...
	;;
all)
	status=0
	race=
	if [ "$(go env CGO_ENABLED)" = 1 ]; then
		race=-race
	else
		printf '%s\n' 'test: no C compiler, so the race detector is off' >&2
	fi
	# The packages that start and stop processes and share state between goroutines.
	# shellcheck disable=SC2086
	go test $race -timeout 20m ${TESTARGS:-} \
		./internal/host/... ./internal/guard/... ./internal/converge/... || status=$?
	# shellcheck disable=SC2046 # import paths have no spaces
	acceptance $(go list ./... | grep -Ev '/internal/(host|guard|converge)(/|$)') || status=$?
	exit "$status"
	;;
*)
	printf '%s\n' "usage: $0 [all|acceptance]" >&2
	exit 2
	;;
esac
