#!/bin/sh
# Writes docs/ from templates/, examples/ and the schema that the provider reports.
set -eu

cd -- "$(dirname -- "$0")/../../.."
tofu=$(internal/tools/tofu/engine.sh)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

go build -o "$scratch/bin/terraform-provider-exec" .

# tfplugindocs would fetch a Terraform to ask for the schema, so it is given one. It
# looks for it under this address and no other, whatever the provider's own is.
mkdir "$scratch/config"
cat >"$scratch/config/main.tf" <<EOF
terraform {
  required_providers {
    exec = {
      source = "registry.terraform.io/hashicorp/exec"
    }
  }
}
EOF
cat >"$scratch/cli.tfrc" <<EOF
provider_installation {
  dev_overrides {
    "registry.terraform.io/hashicorp/exec" = "$scratch/bin"
  }
}
EOF
(
	cd "$scratch/config"
	TF_CLI_CONFIG_FILE=$scratch/cli.tfrc CHECKPOINT_DISABLE=1 \
		"$tofu" providers schema -json >"$scratch/schema.json"
)

# OpenTofu has no actions, so what the provider serves of them is put into its answer. A
# test keeps that file true.
awk -v marker='"registry.terraform.io/hashicorp/exec":{' -v actions=internal/tools/tfplugindocs/action_schemas.json '
	(at = index($0, marker)) {
		found = 1
		at += length(marker)
		printf "%s\"action_schemas\":", substr($0, 1, at - 1)
		while ((getline line < actions) > 0) print line
		print "," substr($0, at)
		next
	}
	{ print }
	END { exit !found }
' "$scratch/schema.json" >"$scratch/schema-with-actions.json"

go tool -modfile=internal/tools/tfplugindocs/go.mod tfplugindocs generate \
	--provider-name exec --providers-schema "$scratch/schema-with-actions.json"
