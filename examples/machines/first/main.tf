terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

variable "machine" {
  description = "Where to run, and who logs in."
  type        = object({ host = string, port = number, user = string, host_key = string })
}

variable "dir" {
  description = "A directory of that machine."
  type        = string
}

provider "exec" {
  private_key = file("id_ed25519")
}

# Needed until the directory exists there.
resource "exec" "app" {
  command    = ["mkdir", "app"]
  creates    = "app"
  cwd        = var.dir
  connection = var.machine

  destroy = {
    command = ["rm", "-r", "app"]
  }
}

# Needed while the file there is another one.
resource "exec" "settings" {
  shell       = true
  command     = "printf '%s' \"$CONTENT\" > settings"
  unless      = "printf '%s' \"$CONTENT\" | cmp -s - settings"
  environment = { CONTENT = "listen = 8080\n" }
  cwd         = "${var.dir}/app"
  connection  = var.machine

  depends_on = [exec.app]
}

output "target" {
  value = exec.app.target
}
