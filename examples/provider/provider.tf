terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

# Nothing has to be set; this shortens how long a guard may think.
provider "exec" {
  guard_timeout = "10s"
}

resource "exec" "directory" {
  command = ["mkdir", "-p", "site"]
  creates = "site"
}
