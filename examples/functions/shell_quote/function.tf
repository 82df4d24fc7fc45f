terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

locals {
  names = ["a name", "it's another", "$HOME"]
}

# Values become part of a command that a shell reads, and stay what they are.
resource "exec" "names" {
  shell   = true
  command = "printf '%s\\n' ${provider::exec::shell_quote(local.names)} | sort > names.txt"
  creates = "names.txt"
}
