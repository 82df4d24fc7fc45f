terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

# Nothing has to be set. This says where commands are looked up and what they get, how long
# they and their guards may take, and how many of them run at once on this machine.
provider "exec" {
  path          = ["/usr/local/bin", "/usr/bin", "/bin"]
  environment   = { LANG = "C.UTF-8" }
  timeout       = "10m"
  guard_timeout = "10s"
  max_parallel  = 4
}

resource "exec" "directory" {
  command = ["mkdir", "-p", "site"]
  creates = "site"
}
