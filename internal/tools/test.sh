#!/bin/sh
# Runs the tests: `test.sh all`, `test.sh acceptance` for TestAcc* alone, or `test.sh
# versions` for those on other versions of the engines. Words in $TESTARGS are passed on to
# `go test`.
#
# terraform-plugin-testing takes its engine from the environment, one for a whole process,
# so the acceptance tests run once with OpenTofu and once more with Terraform. Terraform is
# optional, except in CI, where leaving out half of the tests must not look like success.
# EXEC_TEST_TOFU and EXEC_TEST_TERRAFORM tell a test that wants both where they are.
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
for name in $(env | sed -nE 's/^(TF_[A-Za-z0-9_]*|EXEC_(GUARDS|GUARD_TIMEOUT|PATH|ENVIRONMENT|TIMEOUT|MAX_PARALLEL|SLOT))=.*/\1/p'); do
	case $name in
	TF_LOG* | TF_ACC_LOG*) ;;
	*) unset "$name" ;;
	esac
done
export TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1

status=0

# Most of a test's time is spent waiting for an engine, another process or a time limit, so
# more of them run at once than there are cores.
at_once=6

# with ENGINE HOST TESTS PACKAGES...: `go test` with that engine, whose default registry is
# HOST, of the tests whose names match, unless TESTARGS says otherwise.
# Without the race detector: it would slow the provider down beside the engine, and the
# packages that it has something to find in run under it before.
with() {
	engine=$1
	host=$2
	tests=$3
	shift 3
	printf 'test: with %s\n' "$engine"
	# shellcheck disable=SC2086 # TESTARGS is a list of words
	TF_ACC=1 TF_ACC_TERRAFORM_PATH=$engine TF_ACC_PROVIDER_HOST=$host TF_ACC_PROVIDER_NAMESPACE=hashicorp \
		go test -count=1 -timeout 60m -parallel "$at_once" -run "$tests" ${TESTARGS:-} "$@" || status=$?
}

# The packages that have acceptance tests.
acceptance=$(grep -rl --include='*_test.go' '^func TestAcc' internal | sed 's|/[^/]*$||; s|^|./|' | sort -u)

case ${1:-all} in
versions)
	# One provider serves them all, so the tests of processes, of large output and of
	# random configurations have nothing to add on the third engine.
	export TESTARGS="-skip Random|Gigabyte|ManyResources|OpenTofuPlan|Interrupt ${TESTARGS:-}"
	for name in tofu-1.6 terraform-1.5 terraform-1.13; do
		engine=$(internal/tools/engines/build.sh "$name")
		case $name in
		tofu-*) host=registry.opentofu.org ;;
		*) host=registry.terraform.io ;;
		esac
		with "$engine" "$host" '^TestAcc' ./internal/provider
	done
	exit "$status"
	;;
acceptance)
	# shellcheck disable=SC2086 # paths without spaces
	with "$EXEC_TEST_TOFU" registry.opentofu.org '^TestAcc' $acceptance
	;;
all)
	race=
	if [ "$(go env CGO_ENABLED)" = 1 ]; then
		race=-race
	else
		printf '%s\n' 'test: no C compiler, so the race detector is off' >&2
	fi
	# The packages that start and stop processes and share state between goroutines.
	# shellcheck disable=SC2086
	go test $race -timeout 20m -parallel "$at_once" ${TESTARGS:-} \
		./internal/host/... ./internal/guard/... ./internal/converge/... || status=$?
	# Everything else, and with it the acceptance tests.
	# shellcheck disable=SC2046 # import paths without spaces
	with "$EXEC_TEST_TOFU" registry.opentofu.org '' \
		$(go list ./... | grep -Ev '/internal/(host|guard|converge)(/|$)')
	;;
*)
	printf '%s\n' "usage: $0 [all|acceptance|versions]" >&2
	exit 2
	;;
esac
if [ -n "${EXEC_TEST_TERRAFORM:-}" ]; then
	# shellcheck disable=SC2086
	with "$EXEC_TEST_TERRAFORM" registry.terraform.io '^TestAcc' $acceptance
fi
exit "$status"
